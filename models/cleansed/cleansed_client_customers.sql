{#- Resolved anew, as orders are. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["client_id"],
    meta={"scans_whole": {"*": "drawn anew from narrow columns"}}
) }}

with

clients as (

    select * from {{ ref("cleansed_clients") }}
    where is_current

),

identities as (

    select * from {{ ref("cleansed_customer_identities") }}

),

resolved as (

    -- By the profile, as its orders are: the two go together where people said that a customer stands apart.
    select
        clients.client_id,
        coalesce(case when not profiles.is_shared then profiles.customer_id end, client_ids.customer_id) as customer_id
    from clients
    left join identities as profiles on clients.profile_id = profiles.identifier_id
    left join identities as client_ids on clients.client_id = client_ids.identifier_id

)

select * from resolved
