{% macro customer_joins(relation, identities) -%}
    {#- Whom a document's profile, document, e-mail and phone may name. -#}
    left join {{ identities }} as profiles on {{ relation }}.profile_id = profiles.identifier_id
    left join {{ identities }} as documents
        on 'document-' || {{ relation }}.document_hash = documents.identifier_id and not documents.is_shared
    left join {{ identities }} as emails
        on 'email-' || {{ relation }}.email_hash = emails.identifier_id and not emails.is_shared
    left join {{ identities }} as phones
        on 'phone-' || {{ relation }}.phone_hash = phones.identifier_id and not phones.is_shared
{%- endmacro %}
