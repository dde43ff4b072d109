{% macro impersonal(text) -%}
    {#- What people type or a page's address holds, unless it looks like an e-mail, a document, a telephone or a
        postal code. -#}
    {%- set start, end = "(?:^|[^0-9])", "(?:[^0-9]|$)" -%}
    {%- set looks = [
        "@|%40",
        start ~ "[0-9]{3}[. ]?[0-9]{3}[. ]?[0-9]{3}[- ]?[0-9]{2}" ~ end,
        start ~ "[0-9]{2}[.][0-9]{3}[.][0-9]{3}/[0-9]{4}-[0-9]{2}" ~ end,
        "[(]0?[1-9][1-9][)]|[+]55",
        start ~ "[1-9]{2} [2-9][0-9]{3,4}[- ]?[0-9]{4}" ~ end,
        start ~ "9[0-9]{4}-[0-9]{4}" ~ end,
        start ~ "[0-9]{5}-[0-9]{3}" ~ end,
    ] -%}
    case when not {{ matches(text, looks | join("|")) }} then nullif({{ text }}, '') end
{%- endmacro %}
