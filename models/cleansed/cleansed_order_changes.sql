{{ config(unique_key="change_id", cluster_by=["change_id"], meta=reads_history("stg_vtex__order_changes")) }}

with

{{ document_versions(ref("stg_vtex__order_changes"), "change_id", "published_at") }}

final as (

    select
        message_id,
        content_hash,
        change_id,
        order_id,
        status,
        added,
        removed,
        replaced,
        difference_amount,
        manual_discount_amount,
        manual_increment_amount,
        requested_at,
        cancelled_at,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
