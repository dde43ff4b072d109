{%- set whole_days = "cast(round(days_between_orders) as " ~ dbt.type_bigint() ~ ")" -%}
{{ config(cluster_by=["segment", "customer_id"]) }}

with

sales as (

    select * from {{ ref("fct_sales") }}
    where customer_id is not null

),

customers as (

    select
        customer_id,
        min(sale_date) as first_sale_date,
        max(sale_date) as last_sale_date,
        -- A receipt can bear an order's number.
        count(distinct channel || ':' || sale_id) as order_count,
        sum(net_amount) as net_amount
    from sales
    group by customer_id

),

scored as (

    -- Fifths of the customers by recency, frequency and money: 5 is best. The id breaks ties, so that equal
    -- customers get the same score whatever the order of arrival.
    select
        *,
        {{ days_between("last_sale_date", local_date(as_of())) }} as recency_days,
        ntile(5) over (order by last_sale_date asc nulls first, customer_id asc nulls first) as recency_score,
        ntile(5) over (order by order_count asc nulls first, net_amount asc nulls first, customer_id asc nulls first)
            as frequency_score,
        ntile(5) over (order by net_amount asc nulls first, customer_id asc nulls first) as monetary_score
    from customers

),

segmented as (

    select
        *,
        -- Whoever bought once has no rhythm yet.
        case
            when order_count > 1
                then cast({{ days_between("first_sale_date", "last_sale_date") }} as numeric(38, 9)) / (order_count - 1)
        end as days_between_orders,
        case
            when recency_score >= 4 and frequency_score >= 4 and monetary_score >= 4 then 'champion'
            when recency_score >= 4 and order_count = 1 then 'new'
            when recency_score >= 3 and frequency_score >= 3 then 'loyal'
            when recency_score >= 3 then 'potential'
            when frequency_score >= 4 or monetary_score >= 4 then 'at risk'
            when recency_score = 2 then 'fading'
            else 'lost'
        end as segment
    from scored

),

final as (

    select
        cast(customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(segment as {{ dbt.type_string() }}) as segment,
        cast(recency_days as {{ dbt.type_bigint() }}) as recency_days,
        cast(order_count as {{ dbt.type_bigint() }}) as order_count,
        cast(net_amount as numeric(38, 9)) as net_amount,
        cast(recency_score as {{ dbt.type_bigint() }}) as recency_score,
        cast(frequency_score as {{ dbt.type_bigint() }}) as frequency_score,
        cast(monetary_score as {{ dbt.type_bigint() }}) as monetary_score,
        cast(days_between_orders as numeric(38, 9)) as days_between_orders,
        first_sale_date,
        last_sale_date,
        cast({{ days_after("last_sale_date", whole_days) }} as date) as next_order_expected_date
    from segmented

)

select * from final
