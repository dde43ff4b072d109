{% macro strict_decimal(json_value, precision) -%}
    {#- A JSON number as a decimal; a text, a boolean or a number too large is none. -#}
    case
        when regexp_matches(cast({{ json_value }} as varchar), '^-?[0-9]')
            then {{ to_numeric("cast(" ~ json_value ~ " as varchar)", precision) }}
    end
{%- endmacro %}
