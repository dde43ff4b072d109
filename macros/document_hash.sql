{% macro document_hash(digits) -%}
    {#- Keyed hash of a document, of a column of its digits: a digest in between, as a till knows no more than that. -#}
    {{ keyed_hash(document_digest(normalised_document(digits))) }}
{%- endmacro %}
