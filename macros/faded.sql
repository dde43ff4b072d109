{% macro faded(days, half_life) -%}
    {#- What is left of one after so many days, in millionths: whole numbers add up to the same in any order. The
        quotient is a float whatever type the half-life has. -#}
    cast(round(1000000 * power(0.5, {{ days }} * 1e0 / {{ half_life }})) as {{ dbt.type_bigint() }})
{%- endmacro %}
