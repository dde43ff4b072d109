with

clients as (

    select * from {{ ref("stg_vtex__clients") }}
    where rejection_reason is null

),

newest as (

    select * from clients
    qualify
        row_number() over (
            partition by coalesce(profile_id, client_id)
            order by changed_at desc, published_at desc, message_id desc, landed_at desc
        ) = 1

),

final as (

    select
        coalesce(profile_id, client_id) as customer_id,
        first_name,
        last_name,
        email,
        document,
        phone,
        accepts_messages
    from newest

)

select * from final
