{% macro field(type, paths, required=false, nullable=false, witness=none) %}
    {# `witness`, of an array that is judged and not read: a path that is found in most such arrays, and in nothing else. #}
    {% set paths = [paths] if paths is string else paths %}
    {{ return({"type": type, "paths": paths, "required": required, "nullable": nullable, "witness": witness}) }}
{% endmacro %}
