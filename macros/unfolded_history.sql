{% macro unfolded_history() %}
    {# For a check of what is read: the rows of a document's history are replaced together. #}
    {{ return({"scans_whole": {
        "itself": "old rows are found by key, in two narrow columns; the delete then names their partitions",
    }}) }}
{% endmacro %}
