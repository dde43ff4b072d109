with

events as (

    select * from {{ ref("cleansed_order_events") }}

),

order_versions as (

    select * from {{ ref("cleansed_order_versions") }}

),

notified as (

    select distinct
        order_id,
        status
    from events

),

reported as (

    -- Hooks and feeds miss events: a status that only the documents show still happened.
    select
        events.order_id,
        events.status,
        events.changed_at
    from events
    union distinct
    select
        order_versions.order_id,
        order_versions.status,
        order_versions.changed_at
    from order_versions
    left join notified
        on
            order_versions.order_id = notified.order_id
            and order_versions.status = notified.status
    where notified.order_id is null

),

preceded as (

    select
        *,
        lag(status) over (partition by order_id order by changed_at nulls first, status nulls first) as preceding_status
    from reported

),

changes as (

    select * from preceded
    where preceding_status is null or preceding_status <> status

),

timed as (

    select
        *,
        lag(changed_at) over (
            partition by order_id order by changed_at nulls first, status nulls first
        ) as previous_changed_at
    from changes

),

final as (

    select
        cast({{ surrogate_key(["order_id", "status", "changed_at"]) }} as {{ dbt.type_string() }})
            as order_status_change_id,
        cast(order_id as {{ dbt.type_string() }}) as order_id,
        cast(status as {{ dbt.type_string() }}) as status,
        cast(preceding_status as {{ dbt.type_string() }}) as previous_status,
        cast(
            ({{ epoch_micros("changed_at") }} - {{ epoch_micros("previous_changed_at") }}) * 0.000001 / 60
            as numeric(38, 9)
        ) as minutes_in_previous,
        cast(changed_at as timestamp) as changed_at
    from timed

)

select * from final
