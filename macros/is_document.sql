{% macro is_document(digits) -%}
    {#- A CPF or CNPJ whose check digits hold, or the digits of another country's document; never one digit repeated. -#}
    {%- set repeated = "length(replace(" ~ digits ~ ", left(" ~ digits ~ ", 1), '')) = 0" -%}
    case
        when length({{ digits }}) < 6 or length({{ digits }}) > 20 then false
        when {{ repeated }} then false
        when length({{ digits }}) = 11
            then {{ has_check_digit(digits, range(10, 1, -1)) }} and {{ has_check_digit(digits, range(11, 1, -1)) }}
        when length({{ digits }}) = 14
            then
                {{ has_check_digit(digits, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) }}
                and {{ has_check_digit(digits, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) }}
        else true
    end
{%- endmacro %}
