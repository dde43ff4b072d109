{% macro weighed(score, weight) -%}
    {#- A score times its weight (of four digits), to nine digits. The last digit is rounded among whole numbers, which both
        engines do alike: half of an odd billionth lies between two, and one engine's product is exact there, the other's not. -#}
    cast(round(round({{ score }} * 1e9) * round({{ weight }} * 1e4) / 1e4) / 1e9 as numeric(38, 9))
{%- endmacro %}
