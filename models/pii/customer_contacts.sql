{%- set newest_first = "changed_at desc, published_at desc, message_id desc" -%}
with

clients as (

    -- What a document said before counts no more.
    select
        client_customers.customer_id,
        clients.*
    from {{ ref("stg_vtex__clients") }} as clients
    inner join {{ ref("cleansed_client_customers") }} as client_customers
        on clients.client_id = client_customers.client_id
    where clients.rejection_reason is null
    qualify row_number() over (partition by clients.client_id order by {{ newest_first }}) = 1

),

till_customers as (

    select
        identities.customer_id,
        till_customers.*
    from {{ ref("stg_pos__customers") }} as till_customers
    inner join {{ ref("cleansed_customer_identities") }} as identities
        on 'till-' || till_customers.till_customer_id = identities.identifier_id
    where till_customers.rejection_reason is null
    qualify
        row_number() over (partition by till_customers.till_customer_id order by {{ newest_first }}) = 1

),

newest as (

    -- The client id where a person has two documents that say nothing else apart.
    select * from clients
    qualify row_number() over (partition by customer_id order by {{ newest_first }}, client_id desc) = 1

),

written_phones as (

    select
        customer_id,
        phone,
        changed_at,
        published_at,
        message_id
    from clients
    union all
    select
        customer_id,
        phone,
        changed_at,
        published_at,
        message_id
    from till_customers

),

readable_phones as (

    select
        *,
        {{ normalised_phone("phone") }} as normal_phone
    from written_phones

),

phones as (

    -- The newest that can be dialled, whoever was told of it: the web or a till.
    select * from readable_phones
    where normal_phone is not null
    qualify row_number() over (partition by customer_id order by {{ newest_first }}, normal_phone) = 1

),

customers as (

    select * from {{ ref("dim_customers") }}
    where is_current

),

final as (

    select
        customers.customer_id,
        newest.first_name,
        newest.last_name,
        lower(trim(newest.email)) as email,
        newest.document,
        phones.normal_phone as phone,
        customers.accepts_messages
    from customers
    left join newest on customers.customer_id = newest.customer_id
    left join phones on customers.customer_id = phones.customer_id
    where newest.customer_id is not null or phones.customer_id is not null

)

select * from final
