{% macro element_reason(value_of, path, fields) -%}
    {#- As `rejection_reason` has it of a document; `value_of` is how an engine reads a field of an element. -#}
    case
        {%- for field in fields.values() if field.required %}
        {%- set value = value_of | format(field.paths[0]) %}
        when coalesce({{ value }}, 'null') = 'null' then 'missing {{ path }}[].{{ field.paths[0] }}'
        when ({{ typed_json(field.type, value) }}) is null then 'wrong type of {{ path }}[].{{ field.paths[0] }}'
        {%- endfor %}
    end
{%- endmacro %}
