{#- A redemption names no receipt. It is of the receipt of the same customer and day on which a coupon took something
    off a product of its coupon; of several, the one where it took off most. A line's discount is of one redemption. -#}
{{ config(partition_by=partitioned_by("redeemed_date", "date", "month"), cluster_by=["campaign_id"]) }}

with

told as (

    select * from {{ ref("cleansed_coupon_redemptions") }}
    where is_current

),

redemptions as (

    select
        told.redemption_id,
        told.campaign_id,
        told.coupon_code,
        {{ till_customer_of("told", has_document=false) | indent(8) }} as customer_id,
        told.redeemed_date
    from told
    {{ till_customer_joins("told", has_document=false) | indent(4) }}

),

coupon_lines as (

    select
        redemptions.redemption_id,
        items.receipt_id,
        items.line_number,
        items.store_id,
        items.currency_code,
        items.coupon_amount,
        sum(items.coupon_amount) over (partition by redemptions.redemption_id, items.receipt_id) as receipt_amount
    from redemptions
    inner join {{ ref("fct_campaign_coupons") }} as coupons
        on
            redemptions.campaign_id = coupons.campaign_id
            and redemptions.coupon_code = coupons.coupon_code
    inner join {{ ref("fct_receipt_items") }} as items
        on
            redemptions.customer_id = items.customer_id
            and redemptions.redeemed_date = items.sale_date
            and coupons.sku_id = items.sku_id
    where items.coupon_amount > 0

),

receipts as (

    select
        redemption_id,
        receipt_id,
        store_id,
        currency_code
    from coupon_lines
    qualify
        row_number() over (partition by redemption_id order by receipt_amount desc, receipt_id asc, line_number asc) = 1

),

granted as (

    select
        coupon_lines.redemption_id,
        coupon_lines.coupon_amount
    from coupon_lines
    inner join receipts
        on
            coupon_lines.redemption_id = receipts.redemption_id
            and coupon_lines.receipt_id = receipts.receipt_id
    qualify
        row_number() over (
            partition by coupon_lines.receipt_id, coupon_lines.line_number order by coupon_lines.redemption_id
        ) = 1

),

discounts as (

    select
        redemption_id,
        sum(coupon_amount) as discount_amount
    from granted
    group by redemption_id

),

final as (

    select
        cast(redemptions.redemption_id as {{ dbt.type_string() }}) as redemption_id,
        cast(redemptions.campaign_id as {{ dbt.type_string() }}) as campaign_id,
        cast(redemptions.coupon_code as {{ dbt.type_string() }}) as coupon_code,
        cast(redemptions.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(receipts.receipt_id as {{ dbt.type_string() }}) as receipt_id,
        cast(receipts.store_id as {{ dbt.type_string() }}) as store_id,
        cast(
            coalesce(receipts.currency_code, '{{ var("default_currency") }}') as {{ dbt.type_string() }}
        ) as currency_code,
        cast(coalesce(discounts.discount_amount, 0) as numeric(38, 9)) as discount_amount,
        redemptions.redeemed_date
    from redemptions
    left join receipts on redemptions.redemption_id = receipts.redemption_id
    left join discounts on redemptions.redemption_id = discounts.redemption_id

)

select * from final
