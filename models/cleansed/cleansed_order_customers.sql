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

resolved as (

    -- A profile that many documents share, a clerk's, names a customer only where nothing better does. A guest of whom
    -- nothing personal is known is somebody else in each order.
    select
        orders.order_id,
        coalesce(
            {{ customer_of() | indent(12) }},
            profiles.customer_id,
            'order-' || orders.order_id
        ) as customer_id
    from orders
    {{ customer_joins("orders", "identities") | indent(4) }}

)

select * from resolved
