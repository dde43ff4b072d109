{#- Who a user is can change with any document, so it is resolved anew from narrow columns. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["user_id"],
    meta={"scans_whole": {"*": "drawn anew from narrow columns"}}
) }}

with

users as (

    select distinct
        own_user_id as user_id,
        owner_id,
        document_hash,
        email_hash,
        phone_hash
    from {{ ref("cleansed_storefront_events") }}
    where own_user_id is not null

),

identities as (

    select * from {{ ref("cleansed_customer_identities") }}

),

personal as (

    select * from identities
    where not is_shared

),

resolved as (

    -- As orders are, but that somebody who can be anybody is nobody.
    select
        users.user_id,
        coalesce(
            case when not owners.is_shared then owners.customer_id end,
            documents.customer_id,
            emails.customer_id,
            phones.customer_id
        ) as customer_id
    from users
    left join identities as owners on users.owner_id = owners.identifier_id
    left join personal as documents on 'document-' || users.document_hash = documents.identifier_id
    left join personal as emails on 'email-' || users.email_hash = emails.identifier_id
    left join personal as phones on 'phone-' || users.phone_hash = phones.identifier_id

)

select * from resolved
where customer_id is not null
