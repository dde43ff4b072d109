with

sales as (

    select * from {{ ref("fct_sales") }}
    where customer_id is not null

),

first_sales as (

    select
        customer_id,
        min(sale_date) as first_sale_date
    from sales
    group by customer_id

),

dated as (

    select
        sales.customer_id,
        -- A receipt can bear an order's number.
        sales.channel || ':' || sales.sale_id as sale_id,
        sales.net_amount,
        cast({{ dbt.date_trunc("month", "first_sales.first_sale_date") }} as date) as cohort_month,
        (extract(year from sales.sale_date) - extract(year from first_sales.first_sale_date)) * 12
        + extract(month from sales.sale_date) - extract(month from first_sales.first_sale_date) as months_since_first
    from sales
    inner join first_sales on sales.customer_id = first_sales.customer_id

),

cohorts as (

    select
        cohort_month,
        months_since_first,
        count(distinct customer_id) as customer_count,
        count(distinct sale_id) as order_count,
        sum(net_amount) as net_amount
    from dated
    group by cohort_month, months_since_first

),

final as (

    select
        cohort_month,
        cast(months_since_first as {{ dbt.type_bigint() }}) as months_since_first,
        cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
        cast(order_count as {{ dbt.type_bigint() }}) as order_count,
        cast(net_amount as numeric(38, 9)) as net_amount
    from cohorts

)

select * from final
