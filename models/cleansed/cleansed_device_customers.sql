{#- Resolved anew, as users are. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["device_id"],
    meta={"scans_whole": {"*": "drawn anew from narrow columns"}}
) }}

with

sightings as (

    select
        events.session_device_id as device_id,
        events.event_id,
        events.occurred_at,
        customers.customer_id
    from {{ ref("cleansed_storefront_events") }} as events
    inner join {{ ref("cleansed_user_customers") }} as customers on events.own_user_id = customers.user_id
    where events.session_device_id is not null

),

people as (

    select
        device_id,
        count(distinct customer_id) as customer_count
    from sightings
    group by device_id

),

-- A counter's tablet is nobody's.
personal as (

    select sightings.*
    from sightings
    inner join people on sightings.device_id = people.device_id
    where people.customer_count <= {{ var("people_per_identifier") }}

),

compared as (

    select
        *,
        lag(customer_id) over (partition by device_id order by occurred_at, event_id) as previous_customer_id
    from personal

),

changes as (

    select * from compared
    where previous_customer_id is null or previous_customer_id <> customer_id

),

dated as (

    select
        device_id,
        customer_id,
        -- Who is known first was there before.
        case
            when previous_customer_id is null then least(occurred_at, cast('1900-01-01' as timestamp)) else occurred_at
        end as valid_from,
        lead(occurred_at) over (partition by device_id order by occurred_at, event_id) as valid_to
    from changes

)

select * from dated
-- Of two people at one instant the last one holds.
where valid_to is null or valid_from < valid_to
