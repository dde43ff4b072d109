{#- What goes with each thing that was just viewed: by whom, if the session's person is known, and in which session. -#}
{%- set columns = ["source_session_id", "activity", "sku_id", "product_id", "occurred_at"] -%}
with

customers_events as (

    select * from {{ published(ref("live_customer_events")) }}
    where occurred_at >= cast({{ dbt.dateadd("hour", -24, as_of()) }} as timestamp)

),

identified as (

    select distinct source_session_id from {{ published(ref("recent_customer_events")) }}

),

strangers_events as (

    select newest.*
    from {{ published(ref("newest_storefront_events")) }} as newest
    left join identified on newest.source_session_id = identified.source_session_id
    where identified.source_session_id is null

),

events as (

    select
        {{ columns | join(",\n        ") }},
        customer_id
    from customers_events
    union all
    select
        {{ columns | join(",\n        ") }},
        cast(null as {{ dbt.type_string() }}) as customer_id
    from strangers_events

),

products as (

    select * from {{ published(ref("known_products")) }}

),

views as (

    -- A page that names a product alone shows one of its SKUs.
    select
        events.customer_id,
        events.source_session_id,
        coalesce(events.sku_id, products.sku_id) as sku_id,
        max(events.occurred_at) as viewed_at
    from events
    left join products on events.product_id = products.product_id
    where
        events.activity in ('productClick', 'productView', 'addToCart')
        and coalesce(events.sku_id, products.sku_id) is not null
    group by events.customer_id, events.source_session_id, coalesce(events.sku_id, products.sku_id)

),

skus as (

    select * from {{ published(ref("dim_skus")) }}
    where is_current

),

final as (

    select
        cast(views.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(views.source_session_id as {{ dbt.type_string() }}) as source_session_id,
        cast(views.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(similar_skus.similar_sku_id as {{ dbt.type_string() }}) as similar_sku_id,
        cast(skus.sku_name as {{ dbt.type_string() }}) as similar_sku_name,
        cast(similar_skus.rank as {{ dbt.type_bigint() }}) as rank,
        cast(similar_skus.score as numeric(38, 9)) as score,
        cast(views.viewed_at as timestamp) as viewed_at
    from views
    inner join {{ published(ref("similar_skus")) }} as similar_skus on views.sku_id = similar_skus.sku_id
    left join skus on similar_skus.similar_sku_id = skus.sku_id

)

select * from final
