{{ config(partition_by=partitioned_by("sale_date", "date", "month"), cluster_by=["store_id", "sku_id"]) }}

with

items as (

    select * from {{ ref("cleansed_receipt_items") }}

),

receipts as (

    select * from {{ ref("fct_receipts") }}

),

till_skus as (

    select * from {{ ref("cleansed_till_skus") }}

),

skus as (

    select * from {{ ref("dim_skus") }}

),

final as (

    select
        cast(items.receipt_id as {{ dbt.type_string() }}) as receipt_id,
        cast(items.line_number as {{ dbt.type_bigint() }}) as line_number,
        cast(till_skus.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(skus.sku_key as {{ dbt.type_string() }}) as sku_key,
        cast(receipts.store_id as {{ dbt.type_string() }}) as store_id,
        cast(receipts.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(receipts.currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(items.unit_count as numeric(38, 9)) as unit_count,
        cast(items.unit_price_amount as numeric(38, 9)) as unit_price_amount,
        cast(items.gross_amount as numeric(38, 9)) as gross_amount,
        cast(items.discount_amount as numeric(38, 9)) as discount_amount,
        cast(items.coupon_amount as numeric(38, 9)) as coupon_amount,
        cast(items.line_amount as numeric(38, 9)) as line_amount,
        receipts.sale_date,
        receipts.sold_at
    from items
    inner join receipts on items.receipt_id = receipts.receipt_id
    left join till_skus on items.till_product_id = till_skus.till_product_id
    left join skus
        on
            till_skus.sku_id = skus.sku_id
            and {{ valid_at("receipts.sold_at", "skus") | indent(12) }}

)

select * from final
