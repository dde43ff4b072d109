{% macro ordered_by(columns) %}{{ return(adapter.dispatch("ordered_by")(columns)) }}{% endmacro %}

{% macro default__ordered_by(columns) %}{% endmacro %}

{% macro duckdb__ordered_by(columns) -%}
    {#- In what order a table's rows lie: DuckDB passes over groups of rows whose bounds exclude what is asked for. On
        BigQuery clustering does that, and a sort of everything would be one machine's work. -#}
    order by {{ columns | join(", ") }}
{%- endmacro %}
