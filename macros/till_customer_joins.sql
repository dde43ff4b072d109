{% macro till_customer_joins(relation, has_document=true) -%}
    {#- What is known of the people whom a till's customer id, or document alone, names. -#}
    left join {{ ref("cleansed_customer_identities") }} as till_customers
        on 'till-' || {{ relation }}.till_customer_id = till_customers.identifier_id
    {%- if has_document %}
    left join {{ ref("cleansed_customer_identities") }} as till_documents
        on 'document-' || {{ relation }}.document_hash = till_documents.identifier_id
    {%- endif %}
{%- endmacro %}
