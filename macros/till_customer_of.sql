{% macro till_customer_of(relation, has_document=true) -%}
    {#- Whom a till names, after `till_customer_joins`: its own customer id first; somebody whom no build has met is called
        by what names him. -#}
    coalesce(
        case when not till_customers.is_shared then till_customers.customer_id end,
        'till-' || {{ relation }}.till_customer_id
        {%- if has_document %},
        case when not till_documents.is_shared then till_documents.customer_id end,
        case when till_documents.identifier_id is null then 'document-' || {{ relation }}.document_hash end
        {%- endif %}
    )
{%- endmacro %}
