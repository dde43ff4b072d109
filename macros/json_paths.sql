{% macro json_paths(fields) %}
    {% set paths = [] %}
    {% for field in fields.values() %}{% do paths.extend(field.paths) %}{% endfor %}
    {{ return(paths) }}
{% endmacro %}
