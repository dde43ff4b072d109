{#- Of use to the ledger alone, and as long as raw: it stays in the restricted store. -#}
{{ config(database="vitrine_pii" if target.type == "duckdb" else target.database) }}

with

staged as (

    {% for contract in staged_contracts() %}
    select
        '{{ contract.name }}' as contract,
        message_id,
        {{ contract.key }} as document_id,
        {{ contract.content }} as content_id,
        min({{ contract.changed_at }}) as changed_at,
        min(published_at) as published_at,
        min(landed_at) as landed_at
    from {{ ref(contract.staging) }}
    where rejection_reason is null
    group by message_id, {{ contract.key }}, {{ contract.content }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

final as (

    select
        contract,
        message_id,
        document_id,
        content_id,
        -- Of messages that say the same, the newest is the one that counts; the others are its duplicates.
        row_number() over (
            partition by contract, document_id, content_id
            order by changed_at desc, published_at desc, message_id desc
        ) > 1 as is_duplicate,
        cast(landed_at as date) as landed_date
    from staged

)

select * from final
