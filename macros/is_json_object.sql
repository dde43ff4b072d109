{% macro is_json_object(column) -%}
    case when {{ matches(column, "^[ \\t\\r\\n]*[{]") }} then {{ is_json(column) | indent(4) }} else false end
{%- endmacro %}
