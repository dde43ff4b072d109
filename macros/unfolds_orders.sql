{% macro unfolds_orders() %}{{ return(unfolds_documents("cleansed_orders")) }}{% endmacro %}
