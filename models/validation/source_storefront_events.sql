{#- What the reconciliation expects of the storefront: read from raw by other means than staging's. -#}
{{ config(
    database="vitrine_pii" if target.type == "duckdb" else target.database,
    materialized="incremental",
    incremental_strategy="append",
    partition_by=partitioned_by("landed_at", "timestamp", "day"),
    cluster_by=["message_id"],
    on_schema_change="fail",
    meta={"scans_whole": {"itself": "the newest time it has, one narrow column"}}
) }}

with

messages as (

    -- What is no JSON has no figures; the ledger accounts for it.
    select
        message_id,
        publish_time,
        attributes,
        cast(landed_at as timestamp) as landed_at,
        case when {{ is_json_object("data") | indent(8) }} then data end as data
    from {{ source("raw", "storefront_events") }}
    {%- if is_incremental() %}
    where
        {{ unread_batches(source("raw", "storefront_events")) }}
    {%- endif %}

),

figures as (

    {{ source_storefront_figures("messages") | indent(4) }}

),

final as (

    select
        message_id,
        event_id,
        source_session_id,
        event_name in ('productView', 'view_item') as is_view,
        event_name in ('orderPlaced', 'purchase', 'page.confirmation') as is_order,
        cast(
            case
                when event_name in ('removeFromCart', 'remove_from_cart') then -unit_count
                when
                    event_name in (
                        'addToCart', 'add_to_cart', 'cartChanged', 'cartLoaded', 'viewCart', 'view_cart',
                        'beginCheckout', 'begin_checkout', 'addShippingInfo', 'add_shipping_info',
                        'addPaymentInfo', 'add_payment_info', 'orderPlaced', 'purchase', 'page.confirmation'
                    )
                    then unit_count
                else 0
            end as numeric(38, 9)
        ) as unit_count,
        cast(order_amount as numeric(38, 9)) as order_amount,
        cast(changed_at as timestamp) as changed_at,
        cast(publish_time as timestamp) as published_at,
        landed_at
    from figures
    -- A message can be landed more than once; once, the first time, is enough here.
    qualify row_number() over (partition by message_id order by landed_at) = 1

)

select * from final
