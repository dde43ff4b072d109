{#- Lines of the carts of `recent_customer_events`, one session at a time. -#}
with

events as (

    select * from {{ published(ref("recent_customer_events")) }}
    where cart_effect is not null

),

lines as (

    select
        event_id,
        line_number,
        sku_id,
        unit_count,
        unit_price_amount,
        currency_code,
        message_id
    from {{ published(ref("newest_storefront_events__lines")) }}
    union all
    -- Of what was nobody's when the build read it.
    select
        event_id,
        line_number,
        sku_id,
        unit_count,
        unit_price_amount,
        currency_code,
        '' as message_id
    from {{ published(ref("fct_cart_changes")) }}
    where
        sku_id is not null
        and customer_id is null
        and occurred_at >= cast('{{ live_identified_since() }}' as timestamp)

),

once as (

    -- A message that came twice says the same twice.
    select * from lines
    qualify row_number() over (partition by event_id, line_number order by message_id desc) = 1

),

final as (

    select
        events.source_session_id,
        events.customer_id,
        once.event_id,
        once.line_number,
        once.sku_id,
        once.unit_count,
        once.unit_price_amount,
        once.currency_code
    from events
    inner join once on events.event_id = once.event_id

)

select * from final
