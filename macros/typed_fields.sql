{% macro typed_fields(fields) -%}
    {%- for name, field in fields.items() %}
        {{ typed_json(field.type, json_value(fields, name)) }} as {{ name }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}
