{{ config(cluster_by=["customer_id", "sku_id"]) }}

with

items as (

    select * from {{ ref("fct_order_items") }}

),

orders as (

    select * from {{ ref("fct_orders") }}
    where not is_cancelled

),

sales as (

    select * from {{ ref("fct_sales") }}
    where channel = 'store'

),

bought as (

    -- Paid or not yet: whoever has ordered is not asked to buy.
    select
        orders.customer_id,
        items.sku_id,
        case when items.is_revenue then items.line_amount else 0 end as net_amount,
        items.order_date as bought_date
    from items
    inner join orders on items.order_id = orders.order_id
    union all
    select
        customer_id,
        sku_id,
        net_amount,
        sale_date as bought_date
    from sales

),

final as (

    select
        cast(customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(count(distinct bought_date) as {{ dbt.type_bigint() }}) as day_count,
        cast(sum(net_amount) as numeric(38, 9)) as net_amount,
        min(bought_date) as first_bought_date,
        max(bought_date) as last_bought_date
    from bought
    where customer_id is not null and sku_id is not null and bought_date <= {{ run_date() }}
    group by customer_id, sku_id

)

select * from final
{{ ordered_by(["customer_id", "sku_id"]) }}
