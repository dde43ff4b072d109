{{ config(cluster_by=["campaign_id"]) }}

with

coupons as (

    select * from {{ ref("cleansed_campaign_coupons") }}

),

till_skus as (

    select * from {{ ref("cleansed_till_skus") }}

),

final as (

    -- An EAN and a reference can be of one SKU.
    select distinct
        cast(coupons.campaign_id as {{ dbt.type_string() }}) as campaign_id,
        cast(coupons.coupon_code as {{ dbt.type_string() }}) as coupon_code,
        cast(till_skus.sku_id as {{ dbt.type_string() }}) as sku_id
    from coupons
    inner join till_skus on coupons.till_product_id = till_skus.till_product_id

)

select * from final
