{#- Who a user is can change with any document, so it is resolved anew from narrow columns. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["user_id"],
    meta={"scans_whole": {"*": "drawn anew from narrow columns"}}
) }}

with

users as (

    select distinct
        own_user_id as user_id,
        owner_id,
        document_hash,
        email_hash,
        phone_hash
    from {{ ref("cleansed_storefront_events") }}
    where own_user_id is not null

),

identities as (

    select * from {{ ref("cleansed_customer_identities") }}

),

resolved as (

    -- As orders are, but that somebody who can be anybody is nobody.
    select
        users.user_id,
        {{ customer_of() | indent(8) }} as customer_id
    from users
    {{ customer_joins("users", "identities", profile="owner_id") | indent(4) }}

)

select * from resolved
where customer_id is not null
