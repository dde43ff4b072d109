{{ config(unique_key="till_customer_id", cluster_by=["till_customer_id"], meta=reads_history("stg_pos__customers")) }}

with

{{ document_versions(ref("stg_pos__customers"), "till_customer_id", "changed_at") }}

identified as (

    select
        *,
        {{ normalised_phone("phone") }} as normal_phone
    from dated

),

final as (

    select
        message_id,
        content_hash,
        till_customer_id,
        {{ keyed_hash(normalised_digest("cpf_hash")) }} as document_hash,
        {{ keyed_hash("normal_phone") }} as phone_hash,
        age_range,
        income_range,
        home_ownership,
        marital_status,
        household_size,
        household_composition,
        kids_count,
        accepts_messages,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from identified

)

select * from final
