{{ config(partition_by=partitioned_by("date_day", "date", "month"), cluster_by=["store_id"]) }}

with

sales as (

    select * from {{ ref("fct_sales") }}

),

first_sales as (

    select
        customer_id,
        min(sale_date) as first_sale_date
    from sales
    where customer_id is not null
    group by customer_id

),

movements as (

    select
        sales.sale_date as date_day,
        sales.store_id,
        sales.currency_code,
        -- A receipt can bear an order's number.
        sales.channel || ':' || sales.sale_id as sale_id,
        sales.customer_id,
        case when sales.sale_date = first_sales.first_sale_date then sales.customer_id end as new_customer_id,
        sales.unit_count,
        sales.gross_amount,
        sales.discount_amount,
        sales.net_amount,
        0 as returned_unit_count,
        0 as returned_amount
    from sales
    left join first_sales on sales.customer_id = first_sales.customer_id
    where sales.store_id is not null
    union all
    -- A refund is of the day the money went back, not of the day of the sale.
    select
        refund_date as date_day,
        store_id,
        currency_code,
        cast(null as {{ dbt.type_string() }}) as sale_id,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        cast(null as {{ dbt.type_string() }}) as new_customer_id,
        0 as unit_count,
        0 as gross_amount,
        0 as discount_amount,
        0 as net_amount,
        returned_unit_count,
        returned_amount
    from {{ ref("fct_returns") }}
    where is_refunded and is_revenue and store_id is not null

),

daily as (

    select
        date_day,
        store_id,
        currency_code,
        count(distinct sale_id) as order_count,
        count(distinct customer_id) as customer_count,
        count(distinct new_customer_id) as new_customer_count,
        sum(unit_count) as unit_count,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(net_amount) as net_amount,
        sum(returned_unit_count) as returned_unit_count,
        sum(returned_amount) as returned_amount
    from movements
    group by date_day, store_id, currency_code

),

final as (

    select
        cast(store_id as {{ dbt.type_string() }}) as store_id,
        cast(currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(order_count as {{ dbt.type_bigint() }}) as order_count,
        cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
        cast(new_customer_count as {{ dbt.type_bigint() }}) as new_customer_count,
        cast(unit_count as numeric(38, 9)) as unit_count,
        cast(gross_amount as numeric(38, 9)) as gross_amount,
        cast(discount_amount as numeric(38, 9)) as discount_amount,
        cast(net_amount as numeric(38, 9)) as net_amount,
        cast(returned_unit_count as numeric(38, 9)) as returned_unit_count,
        cast(returned_amount as numeric(38, 9)) as returned_amount,
        date_day
    from daily

)

select * from final
