{%- set in_visit = "partition by customer_id, source_session_id order by occurred_at, event_id" -%}
with

events as (

    select * from {{ published(ref("live_customer_events")) }}

),

compared as (

    select
        *,
        {{ epoch_micros("occurred_at") }} - {{ epoch_micros("lag(occurred_at) over (" ~ in_visit ~ ")") }}
            as idle_micros
    from events

),

numbered as (

    select
        *,
        sum(case when idle_micros > 1800000000 then 1 else 0 end) over (
            {{ in_visit }} rows between unbounded preceding and current row
        ) as visit_number
    from compared

),

visits as (

    -- A visit that the build knew goes on under its id.
    select
        *,
        min(occurred_at) over (partition by customer_id, source_session_id, visit_number) as started_at,
        min(session_id) over (partition by customer_id, source_session_id, visit_number) as known_session_id
    from numbered

),

skus as (

    select * from {{ published(ref("dim_skus")) }}
    where is_current

),

products as (

    select * from {{ published(ref("known_products")) }}

),

final as (

    select
        cast(events.event_id as {{ dbt.type_string() }}) as event_id,
        cast(events.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(
            coalesce(
                events.session_id,
                events.known_session_id,
                {{ surrogate_key(["events.source_session_id", "events.started_at"]) | indent(16) }}
            ) as {{ dbt.type_string() }}
        ) as session_id,
        cast(events.activity as {{ dbt.type_string() }}) as activity,
        cast(events.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(skus.sku_name as {{ dbt.type_string() }}) as sku_name,
        cast(coalesce(events.product_id, skus.product_id) as {{ dbt.type_string() }}) as product_id,
        cast(coalesce(skus.product_name, products.product_name) as {{ dbt.type_string() }}) as product_name,
        cast(events.search_term as {{ dbt.type_string() }}) as search_term,
        cast(events.order_id as {{ dbt.type_string() }}) as order_id,
        cast(events.occurred_at as timestamp) as occurred_at,
        events.is_live
    from visits as events
    left join skus on events.sku_id = skus.sku_id
    left join products on events.product_id = products.product_id

)

select * from final
