{% macro till_customer_of(relation, has_document=true) -%}
    {#- Whom a till names, after `till_customer_joins`: its own customer id first. What many share, a clerk's card, names
        somebody only where nothing better does. -#}
    coalesce(
        case when not till_customers.is_shared then till_customers.customer_id end,
        {%- if has_document %}
        case when not till_documents.is_shared then till_documents.customer_id end,
        {%- endif %}
        'till-' || {{ relation }}.till_customer_id
        {%- if has_document %},
        'document-' || {{ relation }}.document_hash
        {%- endif %}
    )
{%- endmacro %}
