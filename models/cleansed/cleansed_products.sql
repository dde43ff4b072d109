{{ config(unique_key="product_id", cluster_by=["product_id"], meta=reads_history("stg_vtex__products")) }}

with

{{ document_versions(ref("stg_vtex__products"), "product_id", "published_at") }}

final as (

    select
        message_id,
        content_hash,
        product_id,
        product_name,
        brand_id,
        category_id,
        department_id,
        reference_id,
        is_active,
        is_visible,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
