{{ config(
    unique_key="redemption_id",
    cluster_by=["redemption_id"],
    meta=reads_history("stg_marketing__coupon_redemptions")
) }}

with

{{ document_versions(ref("stg_marketing__coupon_redemptions"), "redemption_id", "changed_at") }}

final as (

    select
        message_id,
        content_hash,
        redemption_id,
        campaign_id,
        till_customer_id,
        coupon_code,
        redeemed_date,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
