{#- The id is made of the time, among others: what an event replaces is in the same partition. -#}
{{ config(
    unique_key="reply_id",
    partition_by=partitioned_by("changed_at", "timestamp", "month"),
    cluster_by=["reply_id"],
    meta={"partition_follows_key": true, "scans_whole": {"itself": "the newest time it has, one narrow column"}}
) }}
{%- set unseen = "rejection_reason is null and " ~ not_seen() -%}

with

replies as (

    select
        *,
        {{ normalised_phone("replace(sender, 'whatsapp:', '')") }} as normal_phone,
        lower(coalesce(body, '')) as words
    from {{ ref("stg_delivery__replies") }}
    where {{ unseen }}

),

new_events as (

    -- `vitrine deliver` has the same rule: a word to opt out anywhere, a word to opt in alone.
    select
        message_id,
        reply_id,
        {{ keyed_hash("normal_phone") }} as phone_hash,
        case
            when
                opt_out_type = 'STOP'
                or {{ matches("words", "(?:^|[^a-z])(?:" ~ var("opt_out_words") | join("|") ~ ")(?:[^a-z]|$)") }}
                then true
            when
                opt_out_type = 'START'
                or {{ matches("words", "^[^a-z]*(?:" ~ var("opt_in_words") | join("|") ~ ")[^a-z]*$") }}
                then false
        end as is_opt_out,
        changed_at,
        published_at,
        staged_at
    from replies

),

{% if is_incremental() %}
known as (

    select * from {{ this }}
    where
        reply_id in (select reply_id from new_events)
        and {{ within(
            "changed_at", "month",
            "select changed_at from " ~ ref("stg_delivery__replies") ~ " where " ~ unseen
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
        max(staged_at) over (partition by reply_id) as last_staged_at
    from events
    qualify
        row_number() over (
            partition by reply_id order by published_at desc, message_id desc, staged_at desc
        ) = 1

),

final as (

    select
        message_id,
        reply_id,
        phone_hash,
        is_opt_out,
        changed_at,
        published_at,
        last_staged_at as staged_at
    from newest

)

select * from final
