{% macro parsed_elements(relation, json_array, keep, fields) -%}
    {#- One row an element of an array, with its position from 0 and its fields, still JSON. -#}
    select
        *,
        {{ json_values("element", fields, is_element=true) | indent(8) }} as json_values
    from (
        {{ exploded(relation, json_array, keep) | indent(8) }}
    ) as elements
{%- endmacro %}
