with

events as (

    select * from {{ published(ref("live_customer_events")) }}

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
        cast(events.session_id as {{ dbt.type_string() }}) as session_id,
        cast(events.activity as {{ dbt.type_string() }}) as activity,
        cast(events.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(skus.sku_name as {{ dbt.type_string() }}) as sku_name,
        cast(coalesce(events.product_id, skus.product_id) as {{ dbt.type_string() }}) as product_id,
        cast(coalesce(skus.product_name, products.product_name) as {{ dbt.type_string() }}) as product_name,
        cast(events.search_term as {{ dbt.type_string() }}) as search_term,
        cast(events.order_id as {{ dbt.type_string() }}) as order_id,
        cast(events.occurred_at as timestamp) as occurred_at,
        events.is_live
    from events
    left join skus on events.sku_id = skus.sku_id
    left join products on events.product_id = products.product_id

)

select * from final
