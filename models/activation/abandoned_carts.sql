{{ config(cluster_by=["customer_id"]) }}

with

events as (

    select * from {{ ref("fct_storefront_events") }}
    where cart_effect is not null and customer_id is not null and not is_bot and occurred_at <= {{ as_of() }}

),

lines as (

    select * from {{ ref("fct_cart_changes") }}
    where customer_id is not null and sku_id is not null and not is_bot and occurred_at <= {{ as_of() }}

),

orders as (

    select
        customer_id,
        max(ordered_at) as last_ordered_at
    from {{ ref("fct_orders") }}
    where not is_cancelled and ordered_at <= {{ as_of() }}
    group by customer_id

),

touched as (

    select
        customer_id,
        max(occurred_at) as touched_at
    from events
    group by customer_id

),

wholes as (

    -- The cart as it was last told as a whole; an order leaves it empty.
    select * from events
    where cart_effect = 'whole'
    qualify
        row_number() over (
            partition by customer_id
            order by occurred_at desc, case when activity = 'orderPlaced' then 0 else 1 end, event_id desc
        ) = 1

),

standing as (

    select lines.*
    from lines
    left join wholes on lines.customer_id = wholes.customer_id
    where
        wholes.event_id is null
        or (lines.event_id = wholes.event_id and wholes.activity <> 'orderPlaced')
        or (not lines.is_whole_cart and lines.occurred_at > wholes.occurred_at)

),

contents as (

    select
        customer_id,
        sku_id,
        sum(unit_count) as units,
        max(unit_price_amount) as unit_price_amount
    from standing
    group by customer_id, sku_id
    having sum(unit_count) > 0

),

purchases as (

    select * from {{ ref("customer_skus") }}

),

abandoned as (

    select
        contents.customer_id,
        contents.sku_id,
        {{ days_between(local_date("touched.touched_at"), run_date()) }} as day_count,
        coalesce(contents.units * contents.unit_price_amount, 0) as reason_value
    from contents
    inner join touched on contents.customer_id = touched.customer_id
    left join orders on contents.customer_id = orders.customer_id
    left join purchases on contents.customer_id = purchases.customer_id and contents.sku_id = purchases.sku_id
    where
        {{ minutes_between("touched.touched_at", as_of()) }} >= {{ var("cart_abandoned_minutes") }}
        and {{ days_between(local_date("touched.touched_at"), run_date()) }} <= {{ var("cart_contact_days") }}
        -- An order of the same sitting is of this cart, whichever clock is ahead.
        and (
            orders.last_ordered_at is null
            or {{ minutes_between("orders.last_ordered_at", "touched.touched_at") }}
            >= {{ var("cart_abandoned_minutes") }}
        )
        and coalesce(purchases.last_bought_date < {{ local_date("touched.touched_at") }}, true)

),

final as (

    select
        cast(customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(
            'Deixou {produto} no carrinho ' || {{ days_ago("day_count") | indent(12) }} || ' e ainda não comprou.'
            as {{ dbt.type_string() }}
        ) as reason,
        cast(reason_value as numeric(38, 9)) as reason_value
    from abandoned

)

select * from final
