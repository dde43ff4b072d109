with

events as (

    select * from {{ published(ref("newest_storefront_events")) }}
    where cart_effect is not null

),

lines as (

    {{ cart_lines("events", ["message_id", "event_id"]) | indent(4) }}

),

final as (

    select
        message_id,
        event_id,
        line_number,
        sku_id,
        unit_count,
        unit_price_amount,
        currency_code
    from lines
    where sku_id is not null

)

select * from final
