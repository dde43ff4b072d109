{% macro unfolds_documents(owners) %}
    {# For a check of what is read. #}
    {{ return({"scans_whole": {
        "itself": "old rows are found by key, in two narrow columns; the deletes then name their partitions",
        owners: "which message each document is, one narrow column",
    }}) }}
{% endmacro %}
