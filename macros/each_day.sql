{% macro each_day(relation, keep, first, last) %}
    {{ return(adapter.dispatch("each_day")(relation, keep, first, last)) }}
{% endmacro %}

{% macro default__each_day(relation, keep, first, last) -%}
    select
        {{ keep | join(", ") }},
        date_day
    from {{ relation }}, unnest(generate_date_array({{ first }}, {{ last }})) as date_day
{%- endmacro %}

{% macro duckdb__each_day(relation, keep, first, last) -%}
    {#- One row for each day from the first to the last; none where the last comes before the first. -#}
    select
        {{ keep | join(", ") }},
        cast(unnest(generate_series({{ first }}, {{ last }}, interval 1 day)) as date) as date_day
    from {{ relation }}
{%- endmacro %}
