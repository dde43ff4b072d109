{{ config(partition_by=partitioned_by("order_date", "date", "month"), cluster_by=["payment_method_id"]) }}

with

payments as (

    select * from {{ ref("cleansed_order_payments") }}

),

orders as (

    select * from {{ ref("fct_orders") }}

),

final as (

    select
        cast(payments.order_id as {{ dbt.type_string() }}) as order_id,
        cast(payments.payment_number as {{ dbt.type_bigint() }}) as payment_number,
        cast(payments.payment_id as {{ dbt.type_string() }}) as payment_id,
        cast(payments.payment_method_id as {{ dbt.type_string() }}) as payment_method_id,
        cast(payments.payment_group as {{ dbt.type_string() }}) as payment_method,
        cast(orders.currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(payments.installments as {{ dbt.type_bigint() }}) as installments,
        cast(payments.paid_amount as numeric(38, 9)) as paid_amount,
        payments.is_gift_card,
        orders.order_date
    from payments
    inner join orders on payments.order_id = orders.order_id

)

select * from final
