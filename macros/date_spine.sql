{% macro date_spine(first, end) %}{{ return(adapter.dispatch("date_spine")(first, end)) }}{% endmacro %}

{% macro default__date_spine(first, end) -%}
    select date_day
    from unnest(generate_date_array(date '{{ first }}', date_sub(date '{{ end }}', interval 1 day))) as date_day
{%- endmacro %}

{% macro duckdb__date_spine(first, end) -%}
    select cast(days.day_at as date) as date_day
    from range(date '{{ first }}', date '{{ end }}', interval 1 day) as days (day_at)
{%- endmacro %}
