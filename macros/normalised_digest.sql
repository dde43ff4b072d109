{% macro normalised_digest(text) -%}
    {#- A till's digest of a document in lower case. What is none, or that of nothing or of one digit repeated, is null. -#}
    {%- set digest = "lower(trim(" ~ text ~ "))" -%}
    {%- set nobodys = [document_digest("''")] -%}
    {%- for digit in range(10) %}{% do nobodys.append(document_digest("'" ~ (digit ~ "") * 11 ~ "'")) %}{% endfor -%}
    case when {{ matches(digest, "^[0-9a-f]{32,64}$") }} and {{ digest }} not in ({{ nobodys | join(", ") }}) then {{ digest }} end
{%- endmacro %}
