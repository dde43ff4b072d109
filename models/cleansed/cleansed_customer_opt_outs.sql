{#- Drawn anew: one late document can join customers. A phone of several people speaks for all of them. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["customer_id"],
    meta={"scans_whole": {"*": "drawn anew from narrow columns"}}
) }}

with

phones as (

    select
        client_customers.customer_id,
        clients.phone_hash
    from {{ ref("cleansed_clients") }} as clients
    inner join {{ ref("cleansed_client_customers") }} as client_customers
        on clients.client_id = client_customers.client_id
    union distinct
    select
        identities.customer_id,
        till_customers.phone_hash
    from {{ ref("cleansed_till_customers") }} as till_customers
    inner join {{ ref("cleansed_customer_identities") }} as identities
        on 'till-' || till_customers.till_customer_id = identities.identifier_id

),

commands as (

    select
        phones.customer_id,
        replies.is_opt_out,
        replies.changed_at
    from {{ ref("cleansed_delivery_replies") }} as replies
    inner join phones on replies.phone_hash = phones.phone_hash
    where replies.is_opt_out is not null

),

final as (

    -- Of two at one instant the one that opts out is believed.
    select
        customer_id,
        max(is_opt_out) as is_opted_out,
        changed_at
    from commands
    group by customer_id, changed_at

)

select * from final
