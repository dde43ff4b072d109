with

operators as (

    select * from {{ ref("stg_pos__operators") }}
    where rejection_reason is null

),

newest as (

    select
        operator_id,
        store_id,
        operator_name
    from operators
    qualify
        row_number() over (
            partition by operator_id order by changed_at desc, published_at desc, message_id desc, staged_at desc
        ) = 1

)

select * from newest
