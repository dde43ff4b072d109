{{ config(partition_by=partitioned_by("order_date", "date", "month"), cluster_by=["promotion_id"]) }}

with

promotions as (

    select * from {{ ref("cleansed_order_promotions") }}

),

orders as (

    select * from {{ ref("fct_orders") }}

),

final as (

    select
        cast(promotions.order_id as {{ dbt.type_string() }}) as order_id,
        cast(promotions.line_number as {{ dbt.type_bigint() }}) as line_number,
        cast(promotions.tag_number as {{ dbt.type_bigint() }}) as tag_number,
        cast(promotions.promotion_id as {{ dbt.type_string() }}) as promotion_id,
        cast(promotions.promotion_name as {{ dbt.type_string() }}) as promotion_name,
        cast(promotions.kind as {{ dbt.type_string() }}) as kind,
        cast(orders.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(orders.coupon_code as {{ dbt.type_string() }}) as coupon_code,
        cast(orders.currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(promotions.discount_amount as numeric(38, 9)) as discount_amount,
        promotions.is_percentual,
        orders.is_revenue,
        orders.order_date
    from promotions
    inner join orders on promotions.order_id = orders.order_id

)

select * from final
