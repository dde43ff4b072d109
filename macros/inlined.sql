{% macro inlined() %}{{ return(adapter.dispatch("inlined")()) }}{% endmacro %}

{% macro default__inlined() %}{{ return("") }}{% endmacro %}

{% macro duckdb__inlined() %}
    {# DuckDB keeps a CTE of several readers, in memory: what is wide and read easily is read again instead. #}
    {{ return("not materialized ") }}
{% endmacro %}
