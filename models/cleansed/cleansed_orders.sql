{#- An order is what its newest document says; of others it has when they first said that it was paid. -#}
{%- set columns = [
    "message_id", "content_hash", "order_id", "order_group_id", "sequence_id", "marketplace_order_id", "seller_order_id",
    "affiliate_id", "origin", "sales_channel_id", "store_id", "profile_id", "document_hash", "email_hash", "phone_hash",
    "status", "coupon_code", "utm_source", "utm_medium", "utm_campaign", "utmi_campaign", "clerk_code", "currency_code",
    "delivery_city", "delivery_state", "delivery_country_code", "postal_code_prefix", "items_amount", "discounts_amount",
    "shipping_amount", "tax_amount", "totals_amount", "total_amount", "has_subscription", "created_at", "changed_at",
    "invoiced_at", "cancelled_at", "published_at", "first_authorized_at", "version_staged_at", "staged_at",
] -%}
{{ config(
    unique_key="order_id",
    cluster_by=["order_id"],
    meta={"scans_whole": {"itself": "known orders are found by key, in two narrow columns; then partitions are named"}}
) }}

with

documents as (

    select {{ columns | join(",\n        ") }}
    from {{ ref("stg_vtex__order_documents") }}
    where {{ not_seen() }}

)

select * from documents
