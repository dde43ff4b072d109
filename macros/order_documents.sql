{% macro order_documents(arrays) -%}
    {{ document_arrays("cleansed_orders", "stg_vtex__orders", "order_id", arrays) }}
{%- endmacro %}
