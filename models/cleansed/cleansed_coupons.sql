{{ config(unique_key="coupon_code", cluster_by=["coupon_code"], meta=reads_history("stg_vtex__coupons")) }}

with

{{ document_versions(ref("stg_vtex__coupons"), "coupon_code", "published_at") }}

final as (

    select
        message_id,
        content_hash,
        coupon_code,
        utm_source,
        utm_campaign,
        maximum_uses,
        maximum_items_per_client,
        is_archived,
        modified_at,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
