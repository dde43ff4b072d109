{% macro published(relation) %}
    {#- A table as a published view names it: on DuckDB a file is published under another name than it was built, so a
        view names schemas alone; but not of what a slim build reads elsewhere. On BigQuery publishing puts the published
       datasets in. -#}
    {% set is_own = target.type == "duckdb" and relation.database and relation.database == target.database %}
    {{ return(relation.include(database=false) if is_own else relation) }}
{% endmacro %}
