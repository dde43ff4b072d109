{{ config(unique_key="campaign_id", cluster_by=["campaign_id"], meta=reads_history("stg_marketing__campaigns")) }}

with

{{ document_versions(ref("stg_marketing__campaigns"), "campaign_id", "changed_at") }}

final as (

    select
        message_id,
        content_hash,
        campaign_id,
        campaign_type,
        members,
        coupons,
        start_date,
        end_date,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
