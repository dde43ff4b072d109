{% macro raw_orders() -%}
    read_parquet('{{ env_var("VITRINE_RAW") }}/landed/vtex_orders/*/*/*.parquet', hive_partitioning = false)
{%- endmacro %}
