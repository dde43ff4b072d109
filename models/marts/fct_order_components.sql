{{ config(partition_by=partitioned_by("order_date", "date", "month"), cluster_by=["sku_id"]) }}

with

components as (

    select * from {{ ref("cleansed_order_components") }}

),

orders as (

    select * from {{ ref("fct_orders") }}

),

final as (

    select
        cast(components.order_id as {{ dbt.type_string() }}) as order_id,
        cast(components.line_number as {{ dbt.type_bigint() }}) as line_number,
        cast(components.component_number as {{ dbt.type_bigint() }}) as component_number,
        cast(components.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(components.product_id as {{ dbt.type_string() }}) as product_id,
        cast(orders.currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(components.unit_count as numeric(38, 9)) as unit_count,
        cast(components.unit_price_amount as numeric(38, 9)) as unit_price_amount,
        orders.is_revenue,
        orders.order_date
    from components
    inner join orders on components.order_id = orders.order_id

)

select * from final
