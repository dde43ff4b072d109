{#- Few windows, since each costs whoever asks for one customer more than the rows in it. -#}
{%- set of_customer = (
    "partition by customer_id"
    " order by whole_at desc nulls last, case when activity = 'orderPlaced' then 0 else 1 end asc, event_id desc"
) -%}
{%- set all_rows = "rows between unbounded preceding and unbounded following" -%}
{%- set of_sku = (
    "partition by customer_id, sku_id"
    " order by case when unit_price_amount is null then 1 else 0 end asc, occurred_at desc, event_id desc"
) -%}
with

events as (

    select
        *,
        case when is_live then source_session_id else '' end as read_from
    from {{ published(ref("live_customer_events")) }}
    where cart_effect is not null

),

lines as (

    select
        customer_id,
        event_id,
        sku_id,
        unit_count,
        unit_price_amount,
        currency_code,
        '' as read_from
    from {{ published(ref("fct_cart_changes")) }}
    where sku_id is not null and customer_id is not null
    union all
    select
        customer_id,
        event_id,
        sku_id,
        unit_count,
        unit_price_amount,
        currency_code,
        source_session_id as read_from
    from {{ published(ref("recent_cart_lines")) }}

),

stated as (

    select
        events.customer_id,
        events.event_id,
        events.occurred_at,
        events.activity,
        lines.sku_id,
        lines.unit_count,
        lines.unit_price_amount,
        lines.currency_code,
        case when events.cart_effect = 'whole' then events.occurred_at end as whole_at
    from events
    left join lines
        on
            events.customer_id = lines.customer_id
            and events.event_id = lines.event_id
            and events.read_from = lines.read_from

),

compared as (

    select
        *,
        max(occurred_at) over ({{ of_customer }} {{ all_rows }}) as last_changed_at,
        first_value(whole_at) over ({{ of_customer }}) as last_whole_at,
        first_value(event_id) over ({{ of_customer }}) as last_whole_event_id,
        first_value(activity) over ({{ of_customer }}) as last_whole_activity
    from stated

),

parts as (

    -- Since the cart was last told as a whole, at most once: an order leaves it empty.
    select * from compared
    where
        sku_id is not null
        and case
            when whole_at is not null then event_id = last_whole_event_id and last_whole_activity != 'orderPlaced'
            else last_whole_at is null or occurred_at > last_whole_at
        end

),

priced as (

    select
        *,
        first_value(unit_price_amount) over ({{ of_sku }}) as last_price_amount,
        first_value(currency_code) over ({{ of_sku }}) as last_currency_code
    from parts

),

carts as (

    select
        customer_id,
        sku_id,
        sum(unit_count) as unit_count,
        min(last_price_amount) as unit_price_amount,
        min(last_currency_code) as currency_code,
        max(last_changed_at) as last_changed_at
    from priced
    group by customer_id, sku_id

),

skus as (

    select * from {{ published(ref("dim_skus")) }}
    where is_current

),

final as (

    select
        cast(carts.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(carts.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(skus.sku_name as {{ dbt.type_string() }}) as sku_name,
        cast(carts.currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(carts.unit_count as numeric(38, 9)) as unit_count,
        cast(carts.unit_price_amount as numeric(38, 9)) as unit_price_amount,
        cast(carts.last_changed_at as timestamp) as last_changed_at,
        {{ minutes_between("carts.last_changed_at", clock()) }} >= {{ var("cart_abandoned_minutes") }} as is_abandoned
    from carts
    left join skus on carts.sku_id = skus.sku_id
    where carts.unit_count > 0

)

select * from final
