with

messages as (

    {{ new_messages(source("raw", "dead_letters")) | indent(4) }}

),

judged as (

    select
        message_id,
        {{ hex_hash("data") }} as content_hash,
        cast(publish_time as timestamp) as published_at,
        cast(landed_at as timestamp) as landed_at,
        staged_at,
        contract as named_contract,
        case
            when not {{ is_utf8("data") }} then 'not UTF-8'
            when contract is null then 'no contract'
            else 'unknown contract ' || contract
        end as rejection_reason
    from messages

)

select * from judged
