{{ config(unique_key="warehouse_id", cluster_by=["warehouse_id"], meta=reads_history("stg_vtex__warehouses")) }}

with

{{ document_versions(ref("stg_vtex__warehouses"), "warehouse_id", "published_at") }}

final as (

    select
        message_id,
        content_hash,
        warehouse_id,
        warehouse_name,
        pickup_point_ids,
        priority,
        is_active,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
