{{ config(partition_by=partitioned_by("sale_date", "date", "month"), cluster_by=["channel", "store_id"]) }}

with

sales as (

    select * from {{ ref("fct_sales") }}

),

daily as (

    select
        sale_date,
        channel,
        store_id,
        count(distinct sale_id) as order_count,
        sum(unit_count) as unit_count,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(net_amount) as net_amount,
        -- ISO 4217's XXX: amounts of several currencies have no unit of their own.
        case when count(distinct currency_code) = 1 then max(currency_code) else 'XXX' end as currency_code
    from sales
    group by sale_date, channel, store_id

),

final as (

    select
        cast(channel as {{ dbt.type_string() }}) as channel,
        cast(store_id as {{ dbt.type_string() }}) as store_id,
        cast(currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(order_count as {{ dbt.type_bigint() }}) as order_count,
        cast(unit_count as numeric(38, 9)) as unit_count,
        cast(gross_amount as numeric(38, 9)) as gross_amount,
        cast(discount_amount as numeric(38, 9)) as discount_amount,
        cast(net_amount as numeric(38, 9)) as net_amount,
        sale_date
    from daily

)

select * from final
