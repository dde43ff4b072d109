{{ config(unique_key="client_id", cluster_by=["client_id"], meta=reads_history("stg_vtex__clients")) }}

with

{{ document_versions(ref("stg_vtex__clients"), "client_id", "changed_at") }}

identified as (

    select
        *,
        {{ digits("document") }} as document_digits,
        {{ normalised_email("email") }} as normal_email,
        {{ normalised_phone("phone") }} as normal_phone
    from dated

),

final as (

    select
        message_id,
        content_hash,
        client_id,
        profile_id,
        {{ document_hash("document_digits") }} as document_hash,
        {{ keyed_hash("normal_email") }} as email_hash,
        {{ keyed_hash("normal_phone") }} as phone_hash,
        is_corporate,
        accepts_messages,
        created_at,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from identified

)

select * from final
