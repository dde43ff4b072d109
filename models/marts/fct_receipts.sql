{{ config(partition_by=partitioned_by("sale_date", "date", "month"), cluster_by=["store_id", "customer_id"]) }}

with

receipts as (

    select * from {{ ref("cleansed_receipts") }}

),

lines as (

    select
        receipt_id,
        count(*) as line_count,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(coupon_amount) as coupon_amount,
        sum(line_amount) as lines_amount
    from {{ ref("cleansed_receipt_items") }}
    group by receipt_id

),

final as (

    select
        cast(receipts.receipt_id as {{ dbt.type_string() }}) as receipt_id,
        cast(receipts.store_id as {{ dbt.type_string() }}) as store_id,
        cast(receipts.operator_id as {{ dbt.type_string() }}) as operator_id,
        cast({{ till_customer_of("receipts") }} as {{ dbt.type_string() }}) as customer_id,
        cast('{{ var("default_currency") }}' as {{ dbt.type_string() }}) as currency_code,
        cast(coalesce(lines.line_count, 0) as {{ dbt.type_bigint() }}) as line_count,
        cast(coalesce(lines.gross_amount, 0) as numeric(38, 9)) as gross_amount,
        cast(coalesce(lines.discount_amount, 0) as numeric(38, 9)) as discount_amount,
        cast(coalesce(lines.coupon_amount, 0) as numeric(38, 9)) as coupon_amount,
        cast(coalesce(lines.lines_amount, 0) as numeric(38, 9)) as lines_amount,
        cast(receipts.total_amount as numeric(38, 9)) as total_amount,
        receipts.sale_date,
        cast(receipts.sold_at as timestamp) as sold_at
    from receipts
    left join lines on receipts.receipt_id = lines.receipt_id
    {{ till_customer_joins("receipts") | indent(4) }}

)

select * from final
