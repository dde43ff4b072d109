{% macro forget_versions_of_now(key) %}
    {# A build done again with the same as_of says better what it said before; what followed since stays. #}
    {% if is_running() and load_relation(this) %}
        {% do run_query("delete from " ~ this ~ " where valid_from = " ~ as_of() ~ " and valid_to is null") %}
        {% do run_query(
            "update " ~ this ~ " set valid_to = cast(null as timestamp) where valid_to = " ~ as_of()
            ~ " and " ~ key ~ " not in (select " ~ key ~ " from " ~ this ~ " where valid_to is null)"
        ) %}
    {% endif %}
{% endmacro %}
