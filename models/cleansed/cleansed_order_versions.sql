{{ config(unique_key="order_version_id") }}

with

documents as (

    select * from {{ ref("stg_vtex__orders") }}
    where
        rejection_reason is null
        and status is not null
        and {{ not_seen() }}

),

versions as (

    select
        {{ surrogate_key(["order_id", "status", "changed_at"]) }} as order_version_id,
        order_id,
        status,
        changed_at,
        max(staged_at) as staged_at
    from documents
    group by order_id, status, changed_at

)

select * from versions
