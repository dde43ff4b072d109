with

events as (

    select * from {{ ref("cleansed_order_events") }}

),

order_versions as (

    select * from {{ ref("cleansed_order_versions") }}

),

missed as (

    -- Hooks and feeds miss events: a status that only a document shows still happened. The clocks of the two differ
    -- by seconds, so a notification within five minutes is of the same change.
    select
        order_versions.order_id,
        order_versions.status,
        order_versions.changed_at
    from order_versions
    left join events
        on
            order_versions.order_id = events.order_id
            and order_versions.status = events.status
            and abs({{ minutes_between("events.changed_at", "order_versions.changed_at") }}) < 5
    where events.order_id is null

),

reported as (

    select
        order_id,
        status,
        changed_at
    from events
    union distinct
    select
        order_id,
        status,
        changed_at
    from missed

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
        cast({{ minutes_between("previous_changed_at", "changed_at") }} as numeric(38, 9)) as minutes_in_previous,
        cast(changed_at as timestamp) as changed_at
    from timed

)

select * from final
