{{ config(materialized="table", cluster_by=["product_id"]) }}

with

skus as (

    select * from {{ ref("dim_skus") }}
    where is_current and product_id is not null

),

final as (

    select
        product_id,
        -- What a page that names a product alone shows.
        min(sku_id) as sku_id,
        min(product_name) as product_name
    from skus
    group by product_id

)

select * from final
{{ ordered_by(["product_id"]) }}
