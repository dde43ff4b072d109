{% macro forget_versions_of_now() %}
    {# A build done again with the same as_of says better what it said before. #}
    {% if is_running() and load_relation(this) %}
        {% do run_query("delete from " ~ this ~ " where valid_from = " ~ as_of()) %}
        {% do run_query("update " ~ this ~ " set valid_to = null where valid_to = " ~ as_of()) %}
    {% endif %}
{% endmacro %}
