{% macro within(column, granularity, rows) %}{{ return(adapter.dispatch("within")(column, granularity, rows)) }}{% endmacro %}

{% macro default__within(column, granularity, rows) %}{{ return("true") }}{% endmacro %}

{% macro bigquery__within(column, granularity, rows) %}
    {# Names the partitions in which rows (a query that gives their partition column) are: one span of constants each,
       so that one old row among new ones does not open all that is between. #}
    {% if not execute or this is none or this is string %}{{ return("true") }}{% endif %}
    {% set spans = [] %}
    {% for first, last in run_query(
        "select min(" ~ column ~ ") as first_at, max(" ~ column ~ ") as last_at from (" ~ rows ~ ") as these_rows"
        ~ " group by timestamp_trunc(" ~ column ~ ", " ~ granularity ~ ") order by first_at nulls first"
    ) %}
        {% do spans.append(
            column ~ " is null" if first is none
            else column ~ " between " ~ timestamp_literal(first) ~ " and " ~ timestamp_literal(last)
        ) %}
    {% endfor %}
    {{ return("(" ~ (spans | join(" or ") or "false") ~ ")") }}
{% endmacro %}
