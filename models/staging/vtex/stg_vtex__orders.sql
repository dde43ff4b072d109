{#- What is read of every message is read once, together with whom it speaks of in clear; that stays behind. -#}
with

messages as (

    select
        message_id,
        content_hash,
        published_at,
        landed_at,
        staged_at,
        order_id,
        status,
        created_at,
        changed_at,
        rejection_reason
    from {{ ref("stg_vtex__order_contacts") }}
    where {{ not_seen() }}

)

select * from messages
