{{ config(partition_by=partitioned_by("order_date", "date", "month"), cluster_by=["sku_id", "seller_id"]) }}

with

items as (

    select * from {{ ref("cleansed_order_items") }}

),

orders as (

    select * from {{ ref("fct_orders") }}

),

skus as (

    select * from {{ ref("dim_skus") }}

),

final as (

    select
        cast(items.order_id as {{ dbt.type_string() }}) as order_id,
        cast(items.line_number as {{ dbt.type_bigint() }}) as line_number,
        cast(items.line_id as {{ dbt.type_string() }}) as line_id,
        cast(items.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(skus.sku_key as {{ dbt.type_string() }}) as sku_key,
        cast(items.seller_id as {{ dbt.type_string() }}) as seller_id,
        cast(items.measurement_unit as {{ dbt.type_string() }}) as measurement_unit,
        cast(orders.currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(items.unit_count as numeric(38, 9)) as unit_count,
        cast(items.measured_quantity as numeric(38, 9)) as measured_quantity,
        cast(items.unit_price_amount as numeric(38, 9)) as unit_price_amount,
        cast(items.list_price_amount as numeric(38, 9)) as list_price_amount,
        cast(items.gross_amount as numeric(38, 9)) as gross_amount,
        cast(items.gross_amount - items.line_amount as numeric(38, 9)) as discount_amount,
        cast(items.line_amount as numeric(38, 9)) as line_amount,
        items.is_gift,
        orders.is_revenue,
        orders.order_date
    from items
    inner join orders on items.order_id = orders.order_id
    left join skus
        on
            items.sku_id = skus.sku_id
            and orders.ordered_at >= skus.valid_from
            and (orders.ordered_at < skus.valid_to or skus.valid_to is null)

)

select * from final
