{% macro published(relation) %}
    {#- A table as a published view names it: on DuckDB a file is published under another name than it was built, so a
        view names schemas alone. On BigQuery publishing puts the published datasets in. -#}
    {{ return(relation.include(database=false) if target.type == "duckdb" and relation.database else relation) }}
{% endmacro %}
