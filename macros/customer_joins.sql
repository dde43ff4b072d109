{% macro customer_joins(relation, identities, profile="profile_id") -%}
    {#- What is known of the people whom a document's profile, document, e-mail and phone may name. -#}
    left join {{ identities }} as profiles on {{ relation }}.{{ profile }} = profiles.identifier_id
    left join {{ identities }} as documents on 'document-' || {{ relation }}.document_hash = documents.identifier_id
    left join {{ identities }} as emails on 'email-' || {{ relation }}.email_hash = emails.identifier_id
    left join {{ identities }} as phones on 'phone-' || {{ relation }}.phone_hash = phones.identifier_id
{%- endmacro %}
