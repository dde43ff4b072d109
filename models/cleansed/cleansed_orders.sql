{#- An order is what its newest document says, by the document's own change time. Each run folds the new
    messages into what is known; the newest of the two is the newest of all, so any order of arrival gives the
    same row, and no history is read again. -#}
{%- set columns = [
    "message_id", "content_hash", "order_id", "order_group_id", "sequence_id", "marketplace_order_id", "seller_order_id",
    "affiliate_id", "origin", "sales_channel_id", "store_id", "profile_id", "document_hash", "email_hash", "phone_hash",
    "status", "coupon_code", "utm_source", "utm_medium", "utm_campaign", "utmi_campaign", "clerk_code", "currency_code",
    "delivery_city", "delivery_state", "delivery_country_code", "postal_code_prefix", "items_amount", "discounts_amount",
    "shipping_amount", "tax_amount", "totals_amount", "total_amount", "has_subscription", "created_at", "changed_at",
    "invoiced_at", "cancelled_at", "published_at",
] -%}
{{ config(
    unique_key="order_id",
    cluster_by=["order_id"],
    meta={"scans_whole": {"itself": "known orders are found by key, in two narrow columns; then partitions are named"}}
) }}
{%- set unseen = "rejection_reason is null and " ~ not_seen() -%}

with

new_versions as (

    select
        {{ columns | join(",\n        ") }},
        -- A partial invoice can rewrite the authorization; the first one is when it was paid.
        authorized_at as first_authorized_at,
        staged_at as version_staged_at,
        staged_at
    from {{ ref("stg_vtex__orders") }}
    where {{ unseen }}

),

{% if is_incremental() %}
known as (

    select * from {{ this }}
    where
        order_id in (select order_id from new_versions)
        and {{ within(
            "staged_at", "day",
            "select staged_at from " ~ this
            ~ " where order_id in (select order_id from " ~ ref("stg_vtex__orders") ~ " where " ~ unseen ~ ")"
        ) }}

),
{% endif %}

versions as (

    select * from new_versions
    {%- if is_incremental() %}
    union all
    select * from known
    {%- endif %}

),

newest as (

    select
        {{ columns | join(",\n        ") }},
        min(first_authorized_at) over (partition by order_id) as first_authorized_at,
        version_staged_at,
        max(staged_at) over (partition by order_id) as staged_at
    from versions
    qualify
        row_number() over (
            partition by order_id
            order by changed_at desc, published_at desc, message_id desc, version_staged_at desc
        ) = 1

)

select * from newest
