{{ config(cluster_by=["customer_id", "store_id"]) }}

with

sales as (

    select
        *,
        {{ days_between("sale_date", local_date(as_of())) }} < {{ var("usual_store_days") }} as is_recent
    from {{ ref("fct_sales") }}
    where customer_id is not null and store_id is not null

),

counted as (

    select
        customer_id,
        store_id,
        max(currency_code) as currency_code,
        count(distinct currency_code) as currency_count,
        -- A receipt can bear an order's number.
        count(distinct channel || ':' || sale_id) as sale_count,
        count(distinct case when is_recent then channel || ':' || sale_id end) as recent_sale_count,
        sum(net_amount) as net_amount,
        max(sale_date) as last_sale_date
    from sales
    group by customer_id, store_id

),

final as (

    select
        cast(customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(store_id as {{ dbt.type_string() }}) as store_id,
        -- ISO 4217's XXX: amounts of several currencies have no unit of their own.
        cast(case currency_count when 1 then currency_code else 'XXX' end as {{ dbt.type_string() }}) as currency_code,
        cast(sale_count as {{ dbt.type_bigint() }}) as sale_count,
        cast(recent_sale_count as {{ dbt.type_bigint() }}) as recent_sale_count,
        cast(net_amount as numeric(38, 9)) as net_amount,
        -- Who has not bought for long still has a shop: the last one.
        row_number() over (
            partition by customer_id
            order by
                recent_sale_count desc,
                case when recent_sale_count = 0 then last_sale_date end desc nulls last,
                store_id
        ) = 1 as is_usual,
        last_sale_date
    from counted

)

select * from final
