{{ config(
    unique_key="pickup_point_id",
    cluster_by=["pickup_point_id"],
    meta=reads_history("stg_vtex__pickup_points")
) }}

with

{{ document_versions(ref("stg_vtex__pickup_points"), "pickup_point_id", "published_at") }}

final as (

    select
        message_id,
        content_hash,
        pickup_point_id,
        pickup_point_name,
        seller_id,
        postal_code_prefix,
        city,
        state,
        country_code,
        is_active,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
