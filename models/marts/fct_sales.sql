{{ config(partition_by=partitioned_by("sale_date", "date", "month"), cluster_by=["channel", "store_id", "sku_id"]) }}

with

order_items as (

    select * from {{ ref("fct_order_items") }}

),

orders as (

    select * from {{ ref("fct_orders") }}

),

web as (

    select
        order_items.order_id as sale_id,
        order_items.line_number,
        'web' as channel,
        orders.customer_id,
        order_items.sku_id,
        order_items.sku_key,
        orders.store_id,
        order_items.currency_code,
        order_items.unit_count,
        order_items.gross_amount,
        order_items.discount_amount,
        order_items.line_amount as net_amount,
        order_items.order_date as sale_date,
        orders.ordered_at as sold_at
    from order_items
    inner join orders on order_items.order_id = orders.order_id
    where order_items.is_revenue

),

store as (

    select
        receipt_id as sale_id,
        line_number,
        'store' as channel,
        customer_id,
        sku_id,
        sku_key,
        store_id,
        currency_code,
        unit_count,
        gross_amount,
        -- Discounts and coupons, and whatever else lies between what the till says of a line.
        gross_amount - line_amount as discount_amount,
        line_amount as net_amount,
        sale_date,
        sold_at
    from {{ ref("fct_receipt_items") }}

),

sales as (

    select * from web
    union all
    select * from store

),

final as (

    select
        cast(sale_id as {{ dbt.type_string() }}) as sale_id,
        cast(line_number as {{ dbt.type_bigint() }}) as line_number,
        cast(channel as {{ dbt.type_string() }}) as channel,
        cast(customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(sku_key as {{ dbt.type_string() }}) as sku_key,
        cast(store_id as {{ dbt.type_string() }}) as store_id,
        cast(currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(unit_count as numeric(38, 9)) as unit_count,
        cast(gross_amount as numeric(38, 9)) as gross_amount,
        cast(discount_amount as numeric(38, 9)) as discount_amount,
        cast(net_amount as numeric(38, 9)) as net_amount,
        sale_date,
        cast(sold_at as timestamp) as sold_at
    from sales

)

select * from final
