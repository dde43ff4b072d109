{% macro unfolds_orders() %}
    {# For a check of what is read. #}
    {{ return({"scans_whole": {
        "itself": "old rows are found by key, in two narrow columns; the deletes then name their partitions",
        "cleansed_orders": "which message each order is made of, one narrow column",
    }}) }}
{% endmacro %}
