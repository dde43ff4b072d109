{#- The id is made of the change time, among others: what an event replaces is in the same partition. -#}
{{ config(
    unique_key="order_event_id",
    partition_by=partitioned_by("changed_at", "timestamp", "month"),
    cluster_by=["order_id"],
    meta={"partition_follows_key": true, "scans_whole": {"itself": "the newest time it has, one narrow column"}}
) }}
{%- set unseen = "rejection_reason is null and " ~ not_seen() -%}

with

new_events as {{ inlined() }}(

    select
        message_id,
        order_event_id,
        order_id,
        status,
        domain,
        changed_at,
        published_at,
        staged_at
    from {{ ref("stg_vtex__order_events") }}
    where {{ unseen }}

),

{% if is_incremental() %}
known as (

    select * from {{ this }}
    where
        order_event_id in (select order_event_id from new_events)
        and {{ within(
            "changed_at", "month",
            "select changed_at from " ~ ref("stg_vtex__order_events") ~ " where " ~ unseen
        ) }}

),
{% endif %}

events as {{ inlined() }}(

    select * from new_events
    {%- if is_incremental() %}
    union all
    select * from known
    {%- endif %}

),

newest as (

    {{ newest_of("events", "order_event_id", "published_at desc, message_id desc, staged_at desc") | indent(4) }}

),

final as (

    select
        message_id,
        order_event_id,
        order_id,
        status,
        domain,
        changed_at,
        published_at,
        last_staged_at as staged_at
    from newest

)

select * from final
