{#- An event is what its newest message says. A visit depends on all events of the source's session, so each run reads
    the sessions again that something new was said of, and no others. -#}
{%- set columns = [
    "message_id", "event_id", "event_type", "activity", "funnel_step", "cart_effect", "source_session_id", "device_id",
    "page_path", "page_host", "referrer_host", "utm_source", "utm_medium", "utm_campaign", "device_type", "sku_id",
    "product_id", "search_term", "order_group_id", "order_id", "currency_code", "owner_id", "document_hash",
    "email_hash", "phone_hash", "result_count", "order_amount", "is_bot", "occurred_at", "published_at",
] -%}
{{ config(
    unique_key="event_id",
    cluster_by=["source_session_id"],
    meta={"scans_whole": {"itself": "known sessions are found by key, in narrow columns; then partitions are named"}}
) }}
{%- set unseen = "rejection_reason is null and " ~ not_seen() -%}
{%- set staging = ref("stg_storefront__events") -%}
{#- Joined, since GoogleSQL's reference implementation would look for each row of a subquery again. -#}
{%- set told = "select event_id, source_session_id from " ~ staging ~ " where " ~ unseen -%}
{#- Of events of one instant the one that says who it is comes first. -#}
{%- set in_order = "occurred_at, own_user_id nulls last, event_id" -%}
{%- set in_session = "partition by source_session_id order by " ~ in_order -%}

with

new_events as (

    select
        {{ columns | join(",\n        ") }},
        case
            when coalesce(owner_id, document_hash, email_hash, phone_hash) is not null
                then {{ surrogate_key(["owner_id", "document_hash", "email_hash", "phone_hash"]) }}
        end as own_user_id,
        staged_at as version_staged_at,
        staged_at
    from {{ staging }}
    where {{ unseen }}

),

{% if is_incremental() %}
touched as (

    -- An event can be told again of another session, which the first one then lacks.
    select source_session_id from new_events
    union distinct
    select source_session_id from {{ this }}
    where
        event_id in (select new_events.event_id from new_events)
        and {{ within(
            "staged_at", "day",
            "select staged_at from " ~ this
            ~ " where event_id in (select event_id from " ~ staging ~ " where " ~ unseen ~ ")"
        ) }}

),

known as (

    select
        {{ columns | join(",\n        ") }},
        own_user_id,
        version_staged_at,
        staged_at
    from {{ this }}
    where
        source_session_id in (select touched.source_session_id from touched)
        and {{ within(
            "staged_at", "day",
            "select past.staged_at from " ~ this ~ " as past inner join (" ~ told ~ " union distinct select"
            ~ " before.event_id, before.source_session_id from " ~ this ~ " as before inner join (" ~ told ~ ") as told"
            ~ " on before.event_id = told.event_id) as sessions on past.source_session_id = sessions.source_session_id"
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
        {{ columns | join(",\n        ") }},
        own_user_id,
        version_staged_at,
        max(staged_at) over (partition by event_id) as staged_at
    from events
    qualify
        row_number() over (
            partition by event_id
            order by occurred_at desc, published_at desc, message_id desc, version_staged_at desc
        ) = 1

),

compared as (

    select
        *,
        {{ epoch_micros("occurred_at") }}
        - {{ epoch_micros("lag(occurred_at) over (" ~ in_session ~ ")") }} as idle_micros,
        -- Who is known of a session holds until somebody else is, and the first one from the beginning.
        {{ known_value("own_user_id", "source_session_id", in_order) | indent(8) }} as user_id,
        {{ known_value("device_id", "source_session_id", in_order) | indent(8) }} as session_device_id
    from newest

),

numbered as (

    select
        *,
        sum(case when idle_micros > 30 * 60 * 1000000 then 1 else 0 end) over (
            {{ in_session }} rows between unbounded preceding and current row
        ) as visit_number
    from compared

),

visits as (

    select
        *,
        min(occurred_at) over (partition by source_session_id, visit_number) as started_at
    from numbered

),

final as (

    select
        {{ columns | join(",\n        ") }},
        own_user_id,
        user_id,
        session_device_id,
        {{ surrogate_key(["source_session_id", "started_at"]) }} as session_id,
        version_staged_at,
        staged_at
    from visits

)

select * from final
