{{ config(partition_by=partitioned_by("date_day", "date", "month"), cluster_by=["sku_id", "channel"]) }}

with

sales as (

    select
        sale_date as date_day,
        channel,
        sku_id,
        currency_code,
        sale_id,
        unit_count,
        gross_amount,
        discount_amount,
        net_amount,
        0 as returned_unit_count,
        0 as returned_amount
    from {{ ref("fct_sales") }}

),

refunds as (

    -- A refund is of the day the money went back, not of the day of the sale.
    select
        refund_date as date_day,
        'web' as channel,
        sku_id,
        currency_code,
        cast(null as {{ dbt.type_string() }}) as sale_id,
        0 as unit_count,
        0 as gross_amount,
        0 as discount_amount,
        0 as net_amount,
        returned_unit_count,
        returned_amount
    from {{ ref("fct_returns") }}
    where is_refunded and is_revenue

),

movements as (

    select * from sales
    union all
    select * from refunds

),

daily as (

    select
        date_day,
        channel,
        sku_id,
        currency_code,
        count(distinct sale_id) as order_count,
        sum(unit_count) as unit_count,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(net_amount) as net_amount,
        sum(returned_unit_count) as returned_unit_count,
        sum(returned_amount) as returned_amount
    from movements
    group by date_day, channel, sku_id, currency_code

),

final as (

    select
        cast(channel as {{ dbt.type_string() }}) as channel,
        cast(sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(order_count as {{ dbt.type_bigint() }}) as order_count,
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
