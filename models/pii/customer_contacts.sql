with

clients as (

    select
        client_customers.customer_id,
        clients.*
    from {{ ref("stg_vtex__clients") }} as clients
    inner join {{ ref("cleansed_client_customers") }} as client_customers
        on clients.client_id = client_customers.client_id
    where clients.rejection_reason is null

),

newest as (

    -- The client id where a person has two documents that say nothing else apart.
    select * from clients
    qualify
        row_number() over (
            partition by customer_id
            order by changed_at desc, published_at desc, message_id desc, client_id desc, landed_at desc
        ) = 1

),

customers as (

    select * from {{ ref("dim_customers") }}
    where is_current

),

final as (

    select
        newest.customer_id,
        newest.first_name,
        newest.last_name,
        lower(trim(newest.email)) as email,
        newest.document,
        newest.phone,
        customers.accepts_messages
    from newest
    inner join customers on newest.customer_id = customers.customer_id

)

select * from final
