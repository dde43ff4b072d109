{% macro normalised_document(digits) -%}
    {#- Of a column of digits, which it names many times; a document that is nobody's is null. -#}
    case when {{ is_document(digits) }} then {{ digits }} end
{%- endmacro %}
