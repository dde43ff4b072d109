{{ config(unique_key="sku_id", cluster_by=["sku_id"], meta=reads_history("stg_vtex__inventory")) }}

with

{{ document_versions(ref("stg_vtex__inventory"), "sku_id", "published_at") }}

final as (

    select
        message_id,
        content_hash,
        sku_id,
        balance,
        covers_all_warehouses,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
