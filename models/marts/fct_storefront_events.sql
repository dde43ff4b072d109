{#- In the order of customers and times: what somebody did is looked up at the counter. -#}
{{ config(partition_by=partitioned_by("occurred_date", "date", "month"), cluster_by=["customer_id", "occurred_at"]) }}

with

events as {{ inlined() }}(

    select * from {{ ref("cleansed_storefront_events") }}

),

users as (

    select * from {{ ref("cleansed_user_customers") }}

),

by_device as (

    -- Where nobody says who is there, the browser is whose it was. Joined by itself: an outer join by a span of time
    -- would compare every event with every browser.
    select
        events.event_id,
        devices.customer_id
    from events
    inner join {{ ref("cleansed_device_customers") }} as devices on events.session_device_id = devices.device_id
    where
        events.user_id is null
        and events.occurred_at >= devices.valid_from
        and (events.occurred_at < devices.valid_to or devices.valid_to is null)

),

lines as (

    select
        event_id,
        count(*) as line_count
    from {{ ref("cleansed_cart_lines") }}
    group by event_id

),

final as (

    select
        cast(events.event_id as {{ dbt.type_string() }}) as event_id,
        cast(events.source_session_id as {{ dbt.type_string() }}) as source_session_id,
        cast(events.session_id as {{ dbt.type_string() }}) as session_id,
        cast(coalesce(users.customer_id, by_device.customer_id) as {{ dbt.type_string() }}) as customer_id,
        cast(events.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(events.product_id as {{ dbt.type_string() }}) as product_id,
        cast(events.order_group_id as {{ dbt.type_string() }}) as order_group_id,
        cast(events.order_id as {{ dbt.type_string() }}) as order_id,
        cast(events.event_type as {{ dbt.type_string() }}) as event_type,
        cast(events.activity as {{ dbt.type_string() }}) as activity,
        cast(events.funnel_step as {{ dbt.type_string() }}) as funnel_step,
        cast(events.cart_effect as {{ dbt.type_string() }}) as cart_effect,
        cast(events.search_term as {{ dbt.type_string() }}) as search_term,
        cast(events.page_path as {{ dbt.type_string() }}) as page_path,
        -- A page of the shop's own leads nobody to it.
        cast(
            case when coalesce(events.referrer_host <> events.page_host, true) then events.referrer_host end
            as {{ dbt.type_string() }}
        ) as referrer_host,
        cast(events.utm_source as {{ dbt.type_string() }}) as utm_source,
        cast(events.utm_medium as {{ dbt.type_string() }}) as utm_medium,
        cast(events.utm_campaign as {{ dbt.type_string() }}) as utm_campaign,
        cast(events.device_type as {{ dbt.type_string() }}) as device_type,
        cast(
            coalesce(events.currency_code, '{{ var("default_currency") }}') as {{ dbt.type_string() }}
        ) as currency_code,
        cast(events.result_count as {{ dbt.type_bigint() }}) as result_count,
        cast(
            case when events.cart_effect is not null then coalesce(lines.line_count, 0) end as {{ dbt.type_bigint() }}
        ) as line_count,
        cast(events.order_amount as numeric(38, 9)) as order_amount,
        events.is_bot,
        {{ local_date("events.occurred_at") }} as occurred_date,
        cast(events.occurred_at as timestamp) as occurred_at
    from events
    left join users on events.user_id = users.user_id
    left join by_device on events.event_id = by_device.event_id
    left join lines on events.event_id = lines.event_id

)

select * from final
{{ ordered_by(["customer_id nulls last", "occurred_at", "event_id"]) }}
