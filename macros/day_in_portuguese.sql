{% macro day_in_portuguese(day) -%}
    {#- As Brazilians write a date: 31/01/2024. -#}
    {%- set text = dbt.type_string() -%}
    lpad(cast(extract(day from {{ day }}) as {{ text }}), 2, '0')
    || '/' || lpad(cast(extract(month from {{ day }}) as {{ text }}), 2, '0')
    || '/' || cast(extract(year from {{ day }}) as {{ text }})
{%- endmacro %}
