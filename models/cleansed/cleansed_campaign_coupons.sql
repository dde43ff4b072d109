{%- set fields = {
    "coupon_code": field("id", "coupon_upc"),
    "products": field("array", "produtos"),
} -%}
{%- set element_text = "cast(element as " ~ dbt.type_string() ~ ")" -%}
{#- Campaigns are few, and a newer version can have fewer coupons: unfolded anew. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["campaign_id"],
    meta={"scans_whole": {"*": "campaigns are few, and unfolded anew"}}
) }}

with

campaigns as (

    select
        campaign_id,
        coupons
    from {{ ref("cleansed_campaigns") }}
    where is_current

),

parsed as (

    {{ parsed_elements("campaigns", "coupons", ["campaign_id"], fields) | indent(4) }}

),

coupons as (

    select
        campaign_id,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

elements as (

    {{ exploded("coupons", "products", ["campaign_id", "coupon_code"]) | indent(4) }}

),

products as (

    select distinct
        campaign_id,
        coupon_code,
        {{ typed_json("id", element_text) | indent(8) }} as till_product_id
    from elements

),

final as (

    select * from products
    where
        coupon_code is not null
        and till_product_id is not null

)

select * from final
