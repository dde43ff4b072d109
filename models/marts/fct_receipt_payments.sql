{{ config(partition_by=partitioned_by("sale_date", "date", "month"), cluster_by=["payment_method_id"]) }}

with

payments as (

    select * from {{ ref("cleansed_receipt_payments") }}

),

receipts as (

    select * from {{ ref("fct_receipts") }}

),

final as (

    select
        cast(payments.receipt_id as {{ dbt.type_string() }}) as receipt_id,
        cast(payments.payment_number as {{ dbt.type_bigint() }}) as payment_number,
        cast(payments.payment_method as {{ dbt.type_string() }}) as payment_method_id,
        cast(payments.payment_method as {{ dbt.type_string() }}) as payment_method,
        cast(receipts.store_id as {{ dbt.type_string() }}) as store_id,
        cast(receipts.currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(payments.paid_amount as numeric(38, 9)) as paid_amount,
        receipts.sale_date
    from payments
    inner join receipts on payments.receipt_id = receipts.receipt_id

)

select * from final
