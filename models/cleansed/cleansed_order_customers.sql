{#- Who a document belongs to can change with any client document, so it is resolved anew from narrow columns. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["order_id"],
    meta={"scans_whole": {"*": "drawn anew from narrow columns"}}
) }}

with

orders as (

    select * from {{ ref("cleansed_orders") }}

),

identities as (

    select * from {{ ref("cleansed_customer_identities") }}

),

personal as (

    select * from identities
    where not is_shared

),

resolved as (

    -- A profile that many documents share, a clerk's, names a customer only where nothing better does. A guest of whom
    -- nothing personal is known is somebody else in each order.
    select
        orders.order_id,
        coalesce(
            case when not profiles.is_shared then profiles.customer_id end,
            documents.customer_id,
            emails.customer_id,
            phones.customer_id,
            profiles.customer_id,
            'order-' || orders.order_id
        ) as customer_id
    from orders
    left join identities as profiles on orders.profile_id = profiles.identifier_id
    left join personal as documents on 'document-' || orders.document_hash = documents.identifier_id
    left join personal as emails on 'email-' || orders.email_hash = emails.identifier_id
    left join personal as phones on 'phone-' || orders.phone_hash = phones.identifier_id

)

select * from resolved
