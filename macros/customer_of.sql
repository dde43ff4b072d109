{% macro customer_of() -%}
    {#- Whom a document names, after `customer_joins`: what many share names nobody. -#}
    coalesce(
        case when not profiles.is_shared then profiles.customer_id end,
        case when not documents.is_shared then documents.customer_id end,
        case when not emails.is_shared then emails.customer_id end,
        case when not phones.is_shared then phones.customer_id end
    )
{%- endmacro %}
