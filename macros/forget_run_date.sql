{% macro forget_run_date() %}
    {# A build done again for a day says better what it said before; other days stay. #}
    {% if is_running() and load_relation(this) %}
        {% do run_query("delete from " ~ this ~ " where run_date = " ~ run_date()) %}
    {% endif %}
{% endmacro %}
