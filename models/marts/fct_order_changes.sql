{{ config(partition_by=partitioned_by("changed_date", "date", "month"), cluster_by=["order_id"]) }}

with

requests as (

    select * from {{ ref("cleansed_order_changes") }}
    where is_current

),

request_items as (

    select
        change_id,
        sum(case when change_kind = 'added' then unit_count end) as added_unit_count,
        sum(case when change_kind = 'removed' then unit_count end) as removed_unit_count,
        sum(case when change_kind = 'replaced' and not is_coming then unit_count end) as replaced_unit_count
    from {{ ref("cleansed_order_change_items") }}
    group by change_id

),

done as (

    select distinct order_id from requests
    where status = 'done'

),

amendments as (

    select * from {{ ref("cleansed_order_amendments") }}

),

orders as (

    select * from {{ ref("fct_orders") }}

),

requested as (

    select
        requests.change_id,
        requests.order_id,
        requests.status,
        request_items.added_unit_count,
        request_items.removed_unit_count,
        request_items.replaced_unit_count,
        requests.difference_amount,
        coalesce(requests.requested_at, requests.valid_from) as changed_at
    from requests
    left join request_items on requests.change_id = request_items.change_id

),

told as (

    -- What the order itself tells of, unless a request that was done has told it.
    select
        amendments.order_id || ':' || cast(amendments.amendment_number as {{ dbt.type_string() }}) as change_id,
        amendments.order_id,
        'done' as status,
        amendments.added_unit_count,
        amendments.removed_unit_count,
        0 as replaced_unit_count,
        amendments.difference_amount,
        amendments.changed_at
    from amendments
    left join done on amendments.order_id = done.order_id
    where done.order_id is null

),

changes as (

    select * from requested
    union all
    select * from told

),

final as (

    select
        cast(changes.change_id as {{ dbt.type_string() }}) as change_id,
        cast(changes.order_id as {{ dbt.type_string() }}) as order_id,
        cast(changes.status as {{ dbt.type_string() }}) as status,
        cast(coalesce(orders.currency_code, '{{ var("default_currency") }}') as {{ dbt.type_string() }})
            as currency_code,
        cast(coalesce(changes.added_unit_count, 0) as numeric(38, 9)) as added_unit_count,
        cast(coalesce(changes.removed_unit_count, 0) as numeric(38, 9)) as removed_unit_count,
        cast(coalesce(changes.replaced_unit_count, 0) as numeric(38, 9)) as replaced_unit_count,
        cast(coalesce(changes.difference_amount, 0) as numeric(38, 9)) as difference_amount,
        changes.status = 'done' as is_applied,
        coalesce(orders.is_revenue, false) as is_revenue,
        {{ local_date("changes.changed_at") }} as changed_date,
        cast(changes.changed_at as timestamp) as changed_at
    from changes
    left join orders on changes.order_id = orders.order_id

)

select * from final
