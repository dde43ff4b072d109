{% macro customer_of() -%}
    {#- After `customer_joins`. A profile that many documents share, a clerk's, names a customer only where nothing better
        does. -#}
    case when not profiles.is_shared then profiles.customer_id end,
    documents.customer_id,
    emails.customer_id,
    phones.customer_id,
    profiles.customer_id
{%- endmacro %}
