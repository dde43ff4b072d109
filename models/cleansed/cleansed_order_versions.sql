{#- The id is made of the change time, among others: what a version replaces is in the same partition. -#}
{{ config(
    unique_key="order_version_id",
    partition_by=partitioned_by("changed_at", "timestamp", "month"),
    cluster_by=["order_id"],
    meta={"partition_follows_key": true, "scans_whole": {"itself": "the newest time it has, one narrow column"}}
) }}

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
