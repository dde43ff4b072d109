{% macro dbt_bigquery_validate_get_incremental_strategy(config) %}
    {# The adapter's own strategies replace one row by one row, or whole partitions; a key of ours has several rows. #}
    {% set strategy = config.get("incremental_strategy") %}
    {% if strategy not in ("append", "delete+insert") %}
        {% do exceptions.raise_compiler_error("On BigQuery an incremental model is append or delete+insert, not " ~ strategy) %}
    {% endif %}
    {{ return(strategy) }}
{% endmacro %}
