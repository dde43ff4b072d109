{{ config(partition_by=partitioned_by("session_date", "date", "month"), cluster_by=["channel", "device_type"]) }}

with

sessions as (

    select
        session_date,
        channel,
        coalesce(device_type, 'unknown') as device_type,
        coalesce(utm_campaign, 'none') as campaign,
        customer_id,
        order_count,
        has_viewed,
        has_carted,
        has_begun_checkout,
        has_ordered
    from {{ ref("fct_sessions") }}
    where not is_bot

),

days as (

    select
        session_date,
        channel,
        device_type,
        campaign,
        count(*) as session_count,
        count(case when customer_id is not null then 1 end) as known_session_count,
        count(case when has_viewed then 1 end) as viewed_session_count,
        count(case when has_carted then 1 end) as carted_session_count,
        count(case when has_begun_checkout then 1 end) as checkout_session_count,
        count(case when has_ordered then 1 end) as ordered_session_count,
        sum(order_count) as order_count
    from sessions
    group by session_date, channel, device_type, campaign

),

final as (

    select
        cast(channel as {{ dbt.type_string() }}) as channel,
        cast(device_type as {{ dbt.type_string() }}) as device_type,
        cast(campaign as {{ dbt.type_string() }}) as campaign,
        cast(session_count as {{ dbt.type_bigint() }}) as session_count,
        cast(known_session_count as {{ dbt.type_bigint() }}) as known_session_count,
        cast(viewed_session_count as {{ dbt.type_bigint() }}) as viewed_session_count,
        cast(carted_session_count as {{ dbt.type_bigint() }}) as carted_session_count,
        cast(checkout_session_count as {{ dbt.type_bigint() }}) as checkout_session_count,
        cast(ordered_session_count as {{ dbt.type_bigint() }}) as ordered_session_count,
        cast(order_count as {{ dbt.type_bigint() }}) as order_count,
        session_date
    from days

)

select * from final
