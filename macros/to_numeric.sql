{% macro to_numeric(text, precision) %}{{ return(adapter.dispatch("to_numeric")(text, precision)) }}{% endmacro %}

{% macro default__to_numeric(text, precision) -%} safe_cast({{ text }} as numeric({{ precision }})) {%- endmacro %}

{% macro duckdb__to_numeric(text, precision) -%}
    {#- DuckDB takes two hundred times as long to read a decimal of more than 18 digits, so only a number that needs one is
        read as one; and so is one with an exponent, which the shorter ones round otherwise. -#}
    {%- set digits, scale = precision.split(", ") -%}
    {%- set is_short = matches(text, "^-?[0-9]{1," ~ (17 - scale | int) ~ "}([.][0-9]+)?$") -%}
    {%- if digits | int > 18 -%}
    case
        when {{ is_short }} then try_cast({{ text }} as numeric(18, {{ scale }}))
        else try_cast({{ text }} as numeric({{ precision }}))
    end
    {%- else -%}
    try_cast({{ text }} as numeric({{ precision }}))
    {%- endif -%}
{%- endmacro %}
