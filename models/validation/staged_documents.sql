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
        {{ contract.changed_at }} as changed_at,
        published_at,
        landed_at
    from {{ ref(contract.staging) }}
    where rejection_reason is null
    {{ "union all" if not loop.last }}
    {% endfor %}

),

said_again as (

    select
        contract,
        content_id
    from staged
    group by contract, content_id
    having count(*) > 1

),

told_again as (

    -- A message that is staged once more is one message.
    select
        staged.contract,
        staged.message_id,
        staged.document_id,
        staged.content_id,
        min(staged.changed_at) as changed_at,
        min(staged.published_at) as published_at,
        min(staged.landed_at) as landed_at
    from staged
    inner join said_again
        on
            staged.contract = said_again.contract
            and staged.content_id = said_again.content_id
    group by staged.contract, staged.message_id, staged.document_id, staged.content_id

),

judged as (

    -- Most messages say what no other says, and are staged once: only the others are grouped and put in order.
    select
        staged.*,
        false as is_duplicate
    from staged
    left join said_again
        on
            staged.contract = said_again.contract
            and staged.content_id = said_again.content_id
    where said_again.contract is null
    union all
    select
        *,
        -- Of messages that say the same, the newest is the one that counts; the others are its duplicates.
        row_number() over (
            partition by contract, document_id, content_id
            order by changed_at desc, published_at desc, message_id desc
        ) > 1 as is_duplicate
    from told_again

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
