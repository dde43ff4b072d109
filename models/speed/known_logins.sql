{#- Who said who he was, and when: what the build knows of sessions that go on. -#}
{{ config(materialized="table", cluster_by=["source_session_id"]) }}

with

events as (

    select * from {{ ref("cleansed_storefront_events") }}
    where own_user_id is not null

),

newest as (

    select max(published_at) as published_at from events

),

users as (

    select * from {{ ref("cleansed_user_customers") }}

),

final as (

    select
        events.event_id,
        events.source_session_id,
        users.customer_id,
        events.occurred_at
    from events
    inner join users on events.own_user_id = users.user_id
    cross join newest
    -- By the data's own clock: what is older has no session that goes on.
    where {{ minutes_between("events.published_at", "newest.published_at") }} <= 24 * 60

)

select * from final
{{ ordered_by(["source_session_id", "occurred_at"]) }}
