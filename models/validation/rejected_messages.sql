with

staged as (

    {% for contract in staged_contracts() %}
    select
        '{{ contract.name }}' as contract,
        message_id,
        rejection_reason,
        landed_at
    from {{ ref(contract.staging) }}
    where rejection_reason is not null
    union all
    {% endfor %}
    select
        'dead_letters' as contract,
        message_id,
        rejection_reason,
        landed_at
    from {{ ref("stg_pubsub__dead_letters") }}

),

-- A message can be landed more than once; it is rejected once.
messages as (

    select
        contract,
        message_id,
        min(rejection_reason) as rejection_reason,
        min(landed_at) as landed_at
    from staged
    group by contract, message_id

)

select * from messages
