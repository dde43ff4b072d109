{#- The id is made of the time, among others: what an event replaces is in the same partition. -#}
{{ config(
    unique_key="delivery_status_id",
    partition_by=partitioned_by("changed_at", "timestamp", "month"),
    cluster_by=["delivery_status_id"],
    meta={"partition_follows_key": true, "scans_whole": {"itself": "the newest time it has, one narrow column"}}
) }}
{%- set unseen = "rejection_reason is null and " ~ not_seen() -%}

with

new_events as (

    select
        message_id,
        delivery_status_id,
        delivery_id,
        message_sid,
        customer_id,
        store_id,
        campaign_id,
        sku_id,
        reason_code,
        channel,
        status,
        error_code,
        run_date,
        changed_at,
        published_at,
        staged_at
    from {{ ref("stg_delivery__statuses") }}
    where {{ unseen }}

),

{% if is_incremental() %}
known as (

    select * from {{ this }}
    where
        delivery_status_id in (select delivery_status_id from new_events)
        and {{ within(
            "changed_at", "month",
            "select changed_at from " ~ ref("stg_delivery__statuses") ~ " where " ~ unseen
        ) }}

),
{% endif %}

events as (

    select * from new_events
    {%- if is_incremental() %}
    union all
    select * from known
    {%- endif %}

),

newest as (

    select
        *,
        max(staged_at) over (partition by delivery_status_id) as last_staged_at
    from events
    qualify
        row_number() over (
            partition by delivery_status_id order by published_at desc, message_id desc, staged_at desc
        ) = 1

),

final as (

    select
        message_id,
        delivery_status_id,
        delivery_id,
        message_sid,
        customer_id,
        store_id,
        campaign_id,
        sku_id,
        reason_code,
        channel,
        status,
        error_code,
        run_date,
        changed_at,
        published_at,
        last_staged_at as staged_at
    from newest

)

select * from final
