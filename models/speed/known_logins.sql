{#- Who said who he was, and when: what the build knows of sessions that go on. -#}
{{ config(materialized="table", cluster_by=["source_session_id"]) }}

with

events as (

    select * from {{ ref("cleansed_storefront_events") }}
    where own_user_id is not null

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

)

select * from final
{{ ordered_by(["source_session_id", "occurred_at"]) }}
