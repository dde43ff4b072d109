{#- What a till's product is called: `pos:` and its id, unless exactly one VTEX SKU has that id as its EAN or, else, as
    its reference. An EAN or reference of several SKUs maps nothing: nobody could tell which one was sold. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["till_product_id"],
    meta={"scans_whole": {"*": "drawn anew from narrow columns: a catalogue learns a product's EAN late"}}
) }}

with

till_products as (

    select till_product_id from {{ ref("cleansed_receipt_items") }}
    union distinct
    select till_product_id from {{ ref("cleansed_campaign_coupons") }}

),

skus as (

    select * from {{ ref("cleansed_skus") }}
    where is_current

),

{% for code in ["ean", "reference_id"] %}
by_{{ code }} as (

    select
        {{ code }} as till_product_id,
        min(sku_id) as sku_id
    from skus
    where {{ code }} is not null
    group by {{ code }}
    having count(*) = 1

),
{% endfor %}

final as (

    select
        till_products.till_product_id,
        coalesce(by_ean.sku_id, by_reference_id.sku_id, 'pos:' || till_products.till_product_id) as sku_id,
        coalesce(by_ean.sku_id, by_reference_id.sku_id) is not null as is_mapped
    from till_products
    left join by_ean on till_products.till_product_id = by_ean.till_product_id
    left join by_reference_id on till_products.till_product_id = by_reference_id.till_product_id
    where till_products.till_product_id is not null

)

select * from final
