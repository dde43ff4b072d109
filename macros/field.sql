{% macro field(type, paths, required=false, nullable=false) %}
    {% set paths = [paths] if paths is string else paths %}
    {{ return({"type": type, "paths": paths, "required": required, "nullable": nullable}) }}
{% endmacro %}
