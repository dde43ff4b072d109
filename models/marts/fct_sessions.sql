{{ config(partition_by=partitioned_by("session_date", "date", "month"), cluster_by=["customer_id", "channel"]) }}

with

events as {{ inlined() }}(

    select * from {{ ref("fct_storefront_events") }}

),

sessions as (

    select
        session_id,
        min(source_session_id) as source_session_id,
        max(device_type) as device_type,
        count(*) as event_count,
        count(case when activity = 'productView' then 1 end) as view_count,
        count(case when activity = 'internalSiteSearchView' then 1 end) as search_count,
        count(case when activity = 'addToCart' then 1 end) as cart_count,
        coalesce(
            max(case funnel_step when 'view' then 1 when 'cart' then 2 when 'checkout' then 3 when 'order' then 4 end),
            0
        ) as last_step,
        max(case when is_bot then 1 else 0 end) = 1 as is_bot,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at
    from events
    group by session_id

),

orders as (

    -- Few visits place one, and distinct is dear.
    select
        session_id,
        string_agg(distinct order_group_id, ',' order by order_group_id) as order_group_ids,
        count(distinct coalesce(order_group_id, event_id)) as order_count
    from events
    where activity = 'orderPlaced'
    group by session_id

),

landings as (

    select
        session_id,
        page_path
    from events
    where page_path is not null
    qualify row_number() over (partition by session_id order by occurred_at, event_id) = 1

),

touches as (

    -- The first campaign of a visit; where it has none, the first page that led there.
    select
        session_id,
        utm_source,
        utm_medium,
        utm_campaign,
        referrer_host
    from events
    where coalesce(utm_source, utm_medium, utm_campaign, referrer_host) is not null
    qualify
        row_number() over (
            partition by session_id
            order by
                case when coalesce(utm_source, utm_medium, utm_campaign) is null then 1 else 0 end,
                occurred_at,
                event_id
        ) = 1

),

people as (

    -- Of two people who shared a visit, the last.
    select
        session_id,
        customer_id
    from events
    where customer_id is not null
    qualify row_number() over (partition by session_id order by occurred_at desc, event_id desc) = 1

),

final as (

    select
        cast(sessions.session_id as {{ dbt.type_string() }}) as session_id,
        cast(sessions.source_session_id as {{ dbt.type_string() }}) as source_session_id,
        cast(people.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(orders.order_group_ids as {{ dbt.type_string() }}) as order_group_ids,
        cast(
            {{ traffic_channel(
                "touches.utm_source", "touches.utm_medium", "touches.utm_campaign", "touches.referrer_host"
            ) | indent(12) }} as {{ dbt.type_string() }}
        ) as channel,
        cast(touches.utm_source as {{ dbt.type_string() }}) as utm_source,
        cast(touches.utm_medium as {{ dbt.type_string() }}) as utm_medium,
        cast(touches.utm_campaign as {{ dbt.type_string() }}) as utm_campaign,
        cast(touches.referrer_host as {{ dbt.type_string() }}) as referrer_host,
        cast(landings.page_path as {{ dbt.type_string() }}) as landing_page_path,
        cast(sessions.device_type as {{ dbt.type_string() }}) as device_type,
        cast(sessions.event_count as {{ dbt.type_bigint() }}) as event_count,
        cast(sessions.view_count as {{ dbt.type_bigint() }}) as view_count,
        cast(sessions.search_count as {{ dbt.type_bigint() }}) as search_count,
        cast(sessions.cart_count as {{ dbt.type_bigint() }}) as cart_count,
        cast(coalesce(orders.order_count, 0) as {{ dbt.type_bigint() }}) as order_count,
        -- A step reached is all steps before it, whether the page told them or not.
        sessions.last_step >= 1 as has_viewed,
        sessions.last_step >= 2 as has_carted,
        sessions.last_step >= 3 as has_begun_checkout,
        sessions.last_step >= 4 as has_ordered,
        sessions.is_bot,
        {{ local_date("sessions.started_at") }} as session_date,
        cast(sessions.started_at as timestamp) as started_at,
        cast(sessions.ended_at as timestamp) as ended_at
    from sessions
    left join orders on sessions.session_id = orders.session_id
    left join landings on sessions.session_id = landings.session_id
    left join touches on sessions.session_id = touches.session_id
    left join people on sessions.session_id = people.session_id

)

select * from final
