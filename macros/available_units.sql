{% macro available_units(total, reserved) -%}
    cast(greatest({{ total }} - {{ reserved }}, 0) as numeric(38, 9))
{%- endmacro %}
