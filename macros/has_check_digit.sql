{% macro has_check_digit(digits, weights) -%}
    {#- Brazil's modulo 11: the digit after the weighted ones is ten times their sum, modulo 11, and ten counts as zero.
        Summed four by four: a deep expression is more than some parsers take. -#}
    {%- set terms = [] -%}
    {%- for weight in weights -%}
        {%- do terms.append(weight ~ " * cast(substr(" ~ digits ~ ", " ~ loop.index ~ ", 1) as " ~ dbt.type_bigint() ~ ")") -%}
    {%- endfor -%}
    {%- set sums = [] -%}
    {%- for four in terms | batch(4) %}{% do sums.append("(" ~ four | join(" + ") ~ ")") %}{% endfor -%}
    mod(mod(10 * ({{ sums | join(" + ") }}), 11), 10) = cast(substr({{ digits }}, {{ terms | length + 1 }}, 1) as {{ dbt.type_bigint() }})
{%- endmacro %}
