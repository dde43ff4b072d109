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

new_events as {{ inlined() }}(

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

events as {{ inlined() }}(

    select * from new_events
    {%- if is_incremental() %}
    union all
    select * from known
    {%- endif %}

),

newest as {{ inlined() }}(

    {{ newest_of(
        "events", "event_id", "occurred_at desc, published_at desc, message_id desc, version_staged_at desc"
    ) | indent(4) }}

),

-- What a visit is made of, in narrow columns.
compared as (

    select
        event_id,
        source_session_id,
        own_user_id,
        occurred_at,
        {{ epoch_micros("occurred_at") }}
        - {{ epoch_micros("lag(occurred_at) over (" ~ in_session ~ ")") }} as idle_micros,
        -- Who is known of a session holds until somebody else is, and the first one from the beginning.
        {{ known_value("own_user_id", "source_session_id", in_order) | indent(8) }} as user_id,
        {{ known_value("device_id", "source_session_id", in_order) | indent(8) }} as session_device_id
    from newest

),

visits as (

    select
        event_id,
        user_id,
        session_device_id,
        -- Of the last event that came after 30 idle minutes, or before all others.
        max(case when coalesce(idle_micros > 30 * 60 * 1000000, true) then occurred_at end) over (
            {{ in_session }} rows between unbounded preceding and current row
        ) as started_at
    from compared

),

final as (

    select
        newest.{{ columns | join(",\n        newest.") }},
        newest.own_user_id,
        visits.user_id,
        visits.session_device_id,
        {{ surrogate_key(["newest.source_session_id", "visits.started_at"]) }} as session_id,
        newest.version_staged_at,
        newest.last_staged_at as staged_at
    from newest
    inner join visits on newest.event_id = visits.event_id

)

select * from final
