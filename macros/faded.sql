{% macro faded(days, half_life) -%}
    {#- What is left of one after so many days, in millionths: whole numbers add up to the same in any order. The days are
        made a float, since BigQuery would cut a quotient of numerics after nine digits. -#}
    cast(round(1000000 * power(0.5, {{ days }} * 1e0 / {{ half_life }})) as {{ dbt.type_bigint() }})
{%- endmacro %}
