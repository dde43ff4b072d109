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

clients_by_document as (

    select
        document_hash,
        min(coalesce(profile_id, client_id)) as customer_id
    from {{ ref("cleansed_clients") }}
    where is_current and document_hash is not null
    group by document_hash

),

resolved as (

    -- The e-mail of an order is an alias made for it: a guest known by nothing else is a new customer each time.
    select
        orders.order_id,
        coalesce(
            orders.profile_id,
            clients_by_document.customer_id,
            'document-' || orders.document_hash,
            'email-' || orders.email_hash
        ) as customer_id
    from orders
    left join clients_by_document on orders.document_hash = clients_by_document.document_hash

)

select * from resolved
