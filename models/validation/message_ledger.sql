{#- Each term is counted in the layer it belongs to, none as a remainder: what is lost on the way shows as a
    balance that does not hold. -#}
with

raw_messages as (

    {% for contract in staged_contracts() + [{"name": "dead_letters", "raw": "dead_letters"}] %}
    select
        '{{ contract.name }}' as contract,
        message_id,
        count(*) as copies,
        cast(min(landed_at) as date) as landed_date
    from {{ source("raw", contract.raw) }}
    group by message_id
    {{ "union all" if not loop.last }}
    {% endfor %}

),

documents as {{ inlined() }}(

    select * from {{ ref("staged_documents") }}

),

current_documents as (

    {% for contract in staged_contracts() %}
    select
        '{{ contract.name }}' as contract,
        {{ contract.key }} as document_id,
        {{ contract.content }} as content_id,
        message_id
    from {{ ref(contract.cleansed or contract.staging) }}
    {%- if not contract.cleansed %}
    -- What is only staged is loaded there: the newest message of each document.
    where rejection_reason is null
    qualify
        row_number() over (
            partition by {{ contract.key }} order by {{ contract.changed_at }} desc, published_at desc, message_id desc
        ) = 1
    {%- elif contract.is_versioned %}
    where is_current
    {%- endif %}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

counted as (

    select
        contract,
        landed_date,
        'landed' as term,
        count(*) as messages
    from raw_messages
    group by contract, landed_date
    union all
    select
        contract,
        landed_date,
        'redelivered' as term,
        sum(copies - 1) as messages
    from raw_messages
    group by contract, landed_date
    union all
    select
        contract,
        cast(landed_at as date) as landed_date,
        'rejected' as term,
        count(*) as messages
    from {{ ref("rejected_messages") }}
    group by contract, cast(landed_at as date)
    union all
    select
        contract,
        landed_date,
        'duplicates' as term,
        count(*) as messages
    from documents
    where is_duplicate
    group by contract, landed_date
    union all
    select
        documents.contract,
        documents.landed_date,
        'superseded' as term,
        count(*) as messages
    from documents
    inner join current_documents
        on
            documents.contract = current_documents.contract
            and documents.document_id = current_documents.document_id
            and documents.content_id <> current_documents.content_id
    where
        not documents.is_duplicate
        -- What is named by what it says is superseded by nothing: events, most of all messages, are not joined.
        and documents.document_id <> documents.content_id
    group by documents.contract, documents.landed_date
    union all
    select
        current_documents.contract,
        documents.landed_date,
        'loaded' as term,
        count(*) as messages
    from current_documents
    left join documents
        on
            current_documents.contract = documents.contract
            and current_documents.message_id = documents.message_id
    group by current_documents.contract, documents.landed_date

),

ledger as (

    select
        contract,
        landed_date,
        {{ messages_of("landed") }} as landed,
        {{ messages_of("redelivered") }} as redelivered,
        {{ messages_of("duplicates") }} as duplicates,
        {{ messages_of("superseded") }} as superseded,
        {{ messages_of("rejected") }} as rejected,
        {{ messages_of("loaded") }} as loaded
    from counted
    group by contract, landed_date

)

select * from ledger
