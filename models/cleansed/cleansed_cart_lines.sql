{%- set events = ref("cleansed_storefront_events") -%}
{{ config(
    unique_key="event_id",
    cluster_by=["event_id"],
    post_hook="{{ delete_superseded('cleansed_storefront_events') }}",
    meta={"scans_whole": {
        "itself": "old rows are found by key, in two narrow columns; the deletes then name their partitions",
        "cleansed_storefront_events": "which message each event is made of, one narrow column",
    }}
) }}

with

events as (

    select
        event_id,
        message_id,
        version_staged_at,
        staged_at
    from {{ events }}
    where cart_effect is not null and {{ not_seen() }}

),

documents as (

    select
        events.event_id,
        events.message_id,
        events.staged_at,
        staged.activity,
        staged.cart_effect,
        staged.currency_code,
        staged.cart_lines
    from events
    inner join {{ ref("stg_storefront__events") }} as staged
        on
            events.message_id = staged.message_id
            and events.version_staged_at = staged.staged_at
    -- An old message that is still the newest was unfolded when it was new; one landed twice says the same.
    where {{ not_seen("staged.staged_at") }}
    qualify row_number() over (partition by events.event_id order by events.message_id) = 1

),

final as (

    {{ cart_lines("documents", ["message_id", "event_id", "staged_at"]) | indent(4) }}

)

select * from final
