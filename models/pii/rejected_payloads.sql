{#- The one model after staging that reads raw: what was rejected, as it came, for whoever has to mend it. -#}
{{ config(
    materialized="incremental",
    incremental_strategy="append" if target.type == "bigquery" else "delete+insert",
    unique_key=["contract", "message_id"],
    cluster_by=["contract", "message_id"],
    on_schema_change="fail",
    meta={"scans_whole": {"itself": "the ids that are known, a small part of raw's"}}
) }}
{%- set new_rejections = within(
    "landed_at", "day",
    "select landed_at from " ~ ref("rejected_messages") ~ " as messages where not exists (select 1 from " ~ this
    ~ " as known where known.contract = messages.contract and known.message_id = messages.message_id)"
) if is_incremental() else "true" -%}

with

rejected as (

    select messages.*
    from {{ ref("rejected_messages") }} as messages
    {%- if is_incremental() %}
    left join {{ this }} as known
        on
            messages.contract = known.contract
            and messages.message_id = known.message_id
    where known.message_id is null
    {%- endif %}

),

payloads as (

    {% for contract in staged_contracts() + [{"name": "dead_letters", "raw": "dead_letters"}] %}
    select
        '{{ contract.name }}' as contract,
        message_id,
        attributes,
        {{ "data" if contract.name == "dead_letters" else to_bytes("data") }} as data,
        landed_at
    from {{ source("raw", contract.raw) }}
    -- Only the batches that hold a rejected message are read, and only of those messages the payloads.
    where
        landed_at in (
            select rejected.landed_at
            from rejected
            where rejected.contract = '{{ contract.name }}'
        )
        and message_id in (
            select rejected.message_id
            from rejected
            where rejected.contract = '{{ contract.name }}'
        )
        and {{ new_rejections }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

final as (

    select
        rejected.contract,
        rejected.message_id,
        rejected.rejection_reason,
        payloads.attributes,
        payloads.data,
        rejected.landed_at
    from rejected
    inner join payloads
        on
            rejected.contract = payloads.contract
            and rejected.message_id = payloads.message_id
    qualify row_number() over (partition by rejected.contract, rejected.message_id order by payloads.landed_at) = 1

)

select * from final
