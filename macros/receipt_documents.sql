{% macro receipt_documents(arrays) -%}
    {{ document_arrays("cleansed_receipts", "stg_pos__receipts", "receipt_id", arrays) }}
{%- endmacro %}
