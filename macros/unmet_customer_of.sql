{% macro unmet_customer_of(relation, profile="profile_id") -%}
    {#- Somebody whom no build has met is called as the next build will call him, unless it learns more. -#}
    coalesce(
        case when profiles.identifier_id is null then {{ relation }}.{{ profile }} end,
        case when documents.identifier_id is null then 'document-' || {{ relation }}.document_hash end,
        case when emails.identifier_id is null then 'email-' || {{ relation }}.email_hash end,
        case when phones.identifier_id is null then 'phone-' || {{ relation }}.phone_hash end
    )
{%- endmacro %}
