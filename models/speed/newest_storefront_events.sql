with

messages as (

    {{ newest_messages(source("raw", "storefront_events")) | indent(4) }}

),

{{ storefront_events("messages", published(ref("storefront_activities"))) }}

events as (

    select * from storefront_events
    where rejection_reason is null and not is_bot

),

identities as (

    select * from {{ published(ref("known_identifiers")) }}

),

final as (

    select
        events.message_id,
        events.event_id,
        events.activity,
        events.cart_effect,
        events.source_session_id,
        events.device_id,
        events.sku_id,
        events.product_id,
        events.search_term,
        events.order_group_id,
        events.order_id,
        events.currency_code,
        events.cart_lines,
        -- Who an event says is there.
        coalesce(
            {{ customer_of() | indent(12) }},
            {{ unmet_customer_of("events", profile="owner_id") | indent(12) }}
        ) as login_customer_id,
        events.occurred_at,
        events.published_at,
        events.landed_at
    from events
    {{ customer_joins("events", "identities", profile="owner_id") | indent(4) }}

)

select * from final
