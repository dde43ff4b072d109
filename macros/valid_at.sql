{% macro valid_at(at, relation) -%}
    {{ at }} >= {{ relation }}.known_from
    and ({{ at }} < {{ relation }}.valid_to or {{ relation }}.valid_to is null)
{%- endmacro %}
