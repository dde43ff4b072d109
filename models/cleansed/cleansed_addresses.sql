{{ config(unique_key="address_id", cluster_by=["address_id"], meta=reads_history("stg_vtex__addresses")) }}

with

{{ document_versions(ref("stg_vtex__addresses"), "address_id", "changed_at") }}

final as (

    select
        message_id,
        content_hash,
        address_id,
        profile_id,
        address_type,
        postal_code_prefix,
        city,
        state,
        country_code,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
