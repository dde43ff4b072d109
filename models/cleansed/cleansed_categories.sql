{{ config(unique_key="category_id", cluster_by=["category_id"], meta=reads_history("stg_vtex__categories")) }}

with

{{ document_versions(ref("stg_vtex__categories"), "category_id", "published_at") }}

final as (

    select
        message_id,
        content_hash,
        category_id,
        category_name,
        parent_category_id,
        is_active,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
