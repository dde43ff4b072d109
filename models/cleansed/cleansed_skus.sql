{{ config(unique_key="sku_id", cluster_by=["sku_id"], meta=reads_history("stg_vtex__skus")) }}

with

{{ document_versions(ref("stg_vtex__skus"), "sku_id", "published_at") }}

final as (

    select
        message_id,
        content_hash,
        sku_id,
        sku_name,
        product_id,
        brand_id,
        brand_name,
        reference_id,
        ean,
        measurement_unit,
        image_url,
        unit_multiplier,
        is_active,
        is_kit,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
