{{ config(cluster_by=["customer_id", "sku_id"]) }}

with

events as (

    select * from {{ ref("fct_storefront_events") }}
    where
        activity in ('productClick', 'productView', 'addToCart')
        and customer_id is not null
        and not is_bot
        and occurred_at <= {{ as_of() }}
        and {{ days_between("occurred_date", run_date()) }} <= {{ var("viewed_days") }}

),

products as (

    select * from {{ ref("dim_skus") }}
    where is_current and product_id is not null

),

views as (

    select
        customer_id,
        sku_id,
        occurred_date,
        occurred_at
    from events
    where sku_id is not null
    union all
    -- Where only a product is told, any of its SKUs may be meant.
    select
        events.customer_id,
        products.sku_id,
        events.occurred_date,
        events.occurred_at
    from events
    inner join products on events.product_id = products.product_id
    where events.sku_id is null

),

final as (

    select
        cast(customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(count(*) as {{ dbt.type_bigint() }}) as view_count,
        occurred_date as viewed_date,
        cast(min(occurred_at) as timestamp) as first_viewed_at
    from views
    group by customer_id, sku_id, occurred_date

)

select * from final
{{ ordered_by(["customer_id", "sku_id", "viewed_date"]) }}
