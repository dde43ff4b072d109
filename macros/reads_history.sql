{% macro reads_history(staging) %}
    {# For a check of what is read: a late message can split any version, so a document's messages are all of them. #}
    {{ return({"scans_whole": {
        staging: "a document that something new was said of is read from its beginning; its key clusters the table",
        "itself": "old rows are found by key, in two narrow columns; the delete then names their partitions",
    }}) }}
{% endmacro %}
