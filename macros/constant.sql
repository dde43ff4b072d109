{% macro constant(query) %}
    {# Times found before the statement is sent: BigQuery prunes partitions by constants, and DuckDB files, never by a
       subquery. The tables of a unit test are CTEs of its own statement, so there the query stays. #}
    {% if not execute or this is none or this is string %}{{ return("(" ~ query ~ ")") }}{% endif %}
    {% set times = [] %}
    {% for row in run_query(query) %}{% do times.append(timestamp_literal(row[0])) %}{% endfor %}
    {{ return("(" ~ (times | join(", ") or "cast(null as timestamp)") ~ ")") }}
{% endmacro %}
