{% macro till_customer_of(relation, has_document=true) -%}
    {#- Whom a till names, after `till_customer_joins`: its own customer id first. A clerk's card, which many share, names
        somebody only where the document does not; a document that many share names nobody. -#}
    coalesce(
        case when not till_customers.is_shared then till_customers.customer_id end,
        {%- if has_document %}
        case when not till_documents.is_shared then till_documents.customer_id end,
        {%- endif %}
        'till-' || {{ relation }}.till_customer_id
        {%- if has_document %},
        case when till_documents.identifier_id is null then 'document-' || {{ relation }}.document_hash end
        {%- endif %}
    )
{%- endmacro %}
