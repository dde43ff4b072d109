{% macro faded(days, half_life) -%}
    {#- What is left of one after so many days, in millionths: whole numbers add up to the same in any order. -#}
    cast(round(1000000 * power(0.5, {{ days }} / {{ half_life }})) as {{ dbt.type_bigint() }})
{%- endmacro %}
