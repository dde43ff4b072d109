{% macro json_paths(fields) %}
    {% set paths = [] %}
    {% for field in fields.values() %}
        {% for path in ([field.witness] if field.witness else field.paths) if path not in paths %}{% do paths.append(path) %}{% endfor %}
    {% endfor %}
    {{ return(paths) }}
{% endmacro %}
