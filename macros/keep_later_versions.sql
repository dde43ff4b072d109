{% macro keep_later_versions(key) %}
    {# A build with an as_of in the past adds nothing to what is known of later times. #}
    {% if is_running() %}
        {% do run_query(
            "delete from " ~ this ~ " where valid_from = " ~ as_of() ~ " and valid_to is null and " ~ key
            ~ " in (select " ~ key ~ " from " ~ this ~ " where valid_to < valid_from)"
        ) %}
        {% do run_query("update " ~ this ~ " set valid_to = cast(null as timestamp) where valid_to < valid_from") %}
    {% endif %}
{% endmacro %}
