{{ config(unique_key="promotion_id", cluster_by=["promotion_id"], meta=reads_history("stg_vtex__promotions")) }}

with

{{ document_versions(ref("stg_vtex__promotions"), "promotion_id", "changed_at") }}

final as (

    select
        message_id,
        content_hash,
        promotion_id,
        promotion_name,
        promotion_type,
        discount_type,
        utm_source,
        utm_campaign,
        utmi_campaign,
        coupon_codes,
        sales_channel_ids,
        discount_percent,
        nominal_discount_amount,
        excludes_sales_channels,
        is_active,
        is_archived,
        begins_at,
        ends_at,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
