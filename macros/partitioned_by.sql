{% macro partitioned_by(field, data_type, granularity) %}
    {# For BigQuery alone: DuckDB's adapter refuses a dictionary. Business times go by month: a day each would be many
       small partitions, and one job may write 4,000, which strange dates could exceed. #}
    {{ return({"field": field, "data_type": data_type, "granularity": granularity} if target.type == "bigquery" else none) }}
{% endmacro %}
