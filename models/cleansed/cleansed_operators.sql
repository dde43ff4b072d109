{{ config(unique_key="operator_id", cluster_by=["operator_id"], meta=reads_history("stg_pos__operators")) }}

with

{{ document_versions(ref("stg_pos__operators"), "operator_id", "changed_at") }}

final as (

    select
        message_id,
        content_hash,
        operator_id,
        store_id,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
