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

said_again as (

    select
        contract,
        document_id,
        content_id
    from staged
    group by contract, document_id, content_id
    having count(*) > 1

),

judged as (

    -- Most messages say what no other says: only the others are put in order.
    select
        staged.*,
        false as is_duplicate
    from staged
    left join said_again
        on
            staged.contract = said_again.contract
            and staged.document_id = said_again.document_id
            and staged.content_id = said_again.content_id
    where said_again.contract is null
    union all
    select
        staged.*,
        -- Of messages that say the same, the newest is the one that counts; the others are its duplicates.
        row_number() over (
            partition by staged.contract, staged.document_id, staged.content_id
            order by staged.changed_at desc, staged.published_at desc, staged.message_id desc
        ) > 1 as is_duplicate
    from staged
    inner join said_again
        on
            staged.contract = said_again.contract
            and staged.document_id = said_again.document_id
            and staged.content_id = said_again.content_id

),

final as (

    select
        contract,
        message_id,
        document_id,
        content_id,
        is_duplicate,
        cast(landed_at as date) as landed_date
    from judged

)

select * from final
