{% macro forget_run_date(kept_days=none) %}
    {# A build done again for a day says better what it said before; other days stay, but for those that lie so many days
       back and longer. #}
    {% if is_running() and load_relation(this) %}
        {% set forgotten = "run_date = " ~ run_date() %}
        {% if kept_days %}
            {% set forgotten = forgotten ~ " or run_date <= " ~ days_after(run_date(), -kept_days) %}
        {% endif %}
        {% do run_query("delete from " ~ this ~ " where " ~ forgotten) %}
    {% endif %}
{% endmacro %}
