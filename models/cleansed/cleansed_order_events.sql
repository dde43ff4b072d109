{{ config(unique_key="order_event_id") }}

with

new_events as (

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
    where
        rejection_reason is null
        and {{ not_seen() }}

),

{% if is_incremental() %}
known as (

    select * from {{ this }}
    where order_event_id in (select order_event_id from new_events)

),
{% endif %}

events as (

    select * from new_events
    {%- if is_incremental() %}
    union all
    select * from known
    {%- endif %}

),

distinct_events as (

    select
        message_id,
        order_event_id,
        order_id,
        status,
        domain,
        changed_at,
        published_at,
        max(staged_at) over (partition by order_event_id) as staged_at
    from events
    qualify
        row_number() over (
            partition by order_event_id order by published_at desc, message_id desc, staged_at desc
        ) = 1

)

select * from distinct_events
