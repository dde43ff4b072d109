with

messages as (

    {{ newest_messages(source("raw", "storefront_events")) | indent(4) }}

),

{{ storefront_events("messages", published(ref("storefront_activities"))) }}

final as (

    -- Who is meant, but nothing in clear.
    select
        message_id,
        event_id,
        activity,
        cart_effect,
        source_session_id,
        device_id,
        sku_id,
        product_id,
        search_term,
        order_group_id,
        order_id,
        currency_code,
        cart_lines,
        owner_id,
        document_hash,
        email_hash,
        phone_hash,
        occurred_at,
        published_at,
        landed_at
    from storefront_events
    where rejection_reason is null and not is_bot

)

select * from final
