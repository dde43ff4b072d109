{{ config(unique_key="seller_id", cluster_by=["seller_id"], meta=reads_history("stg_vtex__sellers")) }}

with

{{ document_versions(ref("stg_vtex__sellers"), "seller_id", "published_at") }}

final as (

    select
        message_id,
        content_hash,
        seller_id,
        seller_name,
        seller_type,
        is_active,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
