{% macro materialised() %}{{ return(adapter.dispatch("materialised")()) }}{% endmacro %}

{% macro default__materialised() %}{{ return("") }}{% endmacro %}

{% macro duckdb__materialised() %}
    {# DuckDB puts a CTE into its reader and plans the whole anew: in a chain of windows that doubles with each. #}
    {{ return("materialized ") }}
{% endmacro %}
