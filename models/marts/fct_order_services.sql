{{ config(partition_by=partitioned_by("order_date", "date", "month"), cluster_by=["service_id"]) }}

with

services as (

    select * from {{ ref("cleansed_order_services") }}

),

orders as (

    select * from {{ ref("fct_orders") }}

),

final as (

    select
        cast(services.order_id as {{ dbt.type_string() }}) as order_id,
        cast(services.line_number as {{ dbt.type_bigint() }}) as line_number,
        cast(services.service_number as {{ dbt.type_bigint() }}) as service_number,
        cast(services.service_id as {{ dbt.type_string() }}) as service_id,
        cast(services.service_name as {{ dbt.type_string() }}) as service_name,
        cast(orders.currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(services.unit_count as numeric(38, 9)) as unit_count,
        cast(services.unit_price_amount as numeric(38, 9)) as unit_price_amount,
        cast(services.service_amount as numeric(38, 9)) as service_amount,
        orders.is_revenue,
        orders.order_date
    from services
    inner join orders on services.order_id = orders.order_id

)

select * from final
