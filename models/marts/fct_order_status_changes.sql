{{ config(partition_by=partitioned_by("changed_at", "timestamp", "month"), cluster_by=["order_id"]) }}

with

events as (

    select * from {{ ref("cleansed_order_events") }}

),

order_versions as (

    select * from {{ ref("cleansed_order_versions") }}

),

told as (

    select
        order_id,
        status,
        changed_at,
        changed_at as notified_at
    from events
    union all
    select
        order_id,
        status,
        changed_at,
        cast(null as timestamp) as notified_at
    from order_versions

),

neighboured as (

    -- By windows, since a join on a span of time is no equality and takes forever.
    select
        *,
        max(notified_at) over (
            partition by order_id, status order by changed_at rows between unbounded preceding and current row
        ) as notified_before,
        min(notified_at) over (
            partition by order_id, status order by changed_at rows between current row and unbounded following
        ) as notified_after
    from told

),

missed as (

    -- Hooks and feeds miss events: a status that only a document shows still happened. The clocks of the two differ
    -- by seconds, so a notification within five minutes is of the same change.
    select
        order_id,
        status,
        changed_at
    from neighboured
    where
        notified_at is null
        and coalesce({{ minutes_between("notified_before", "changed_at") }}, 5) >= 5
        and coalesce({{ minutes_between("changed_at", "notified_after") }}, 5) >= 5

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
