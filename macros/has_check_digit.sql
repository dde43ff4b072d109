{% macro has_check_digit(digits, weights) -%}
    {#- Brazil's modulo 11: the digit after the weighted ones is ten times their sum, modulo 11, and ten counts as zero. -#}
    {%- set terms = [] -%}
    {%- for weight in weights -%}
        {%- do terms.append(weight ~ " * cast(substr(" ~ digits ~ ", " ~ loop.index ~ ", 1) as " ~ dbt.type_bigint() ~ ")") -%}
    {%- endfor -%}
    mod(mod(10 * ({{ terms | join(" + ") }}), 11), 10) = cast(substr({{ digits }}, {{ terms | length + 1 }}, 1) as {{ dbt.type_bigint() }})
{%- endmacro %}
