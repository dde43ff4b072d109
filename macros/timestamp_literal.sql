{% macro timestamp_literal(time) %}
    {% if time is none %}{{ return("cast(null as timestamp)") }}{% endif %}
    {{ return("cast('" ~ time.replace(tzinfo=none).isoformat(" ") ~ "' as timestamp)") }}
{% endmacro %}
