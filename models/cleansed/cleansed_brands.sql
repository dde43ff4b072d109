{{ config(unique_key="brand_id", cluster_by=["brand_id"], meta=reads_history("stg_vtex__brands")) }}

with

{{ document_versions(ref("stg_vtex__brands"), "brand_id", "published_at") }}

final as (

    select
        message_id,
        content_hash,
        brand_id,
        brand_name,
        is_active,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
