{% macro normalised_email(text) -%}
    {#- Lower case, without the tag of `name+tag@`. What is no address, or is typed because the form wants one, is null. -#}
    {%- set said_for_want_of_one = "(?:nao|não|sem|no|n)[._-]?(?:tem|tenho|possui|informado|informou|mail|e-?mail|reply)+|teste?|e?mail|x+" -%}
    {%- set plain = rewritten("lower(trim(" ~ text ~ "))", "^([^+@]+)[+][^@]*@", "\\1@") -%}
    nullif({{ rewritten(plain, "^(?:(?:" ~ said_for_want_of_one ~ ")@.*|[^@]*|[^@]*@)$", "") }}, '')
{%- endmacro %}
