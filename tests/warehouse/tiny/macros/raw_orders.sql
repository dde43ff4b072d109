{% macro raw_orders() -%}
    {%- if target.type == "duckdb" -%}
        read_parquet('{{ env_var("VITRINE_RAW") }}/landed/vtex_orders/*/*/*.parquet', hive_partitioning = false)
    {%- else -%}
        (
            select message_id, safe_convert_bytes_to_string(data) as data, publish_time as landed_at
            from {{ target.schema }}_landed.vtex_orders
        )
    {%- endif -%}
{%- endmacro %}
