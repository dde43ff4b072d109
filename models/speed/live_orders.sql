with

recent as (

    select * from {{ published(ref("recent_orders")) }}

),

batch as (

    select * from {{ published(ref("fct_orders")) }}

),

merged as (

    select
        batch.order_id,
        batch.customer_id,
        batch.status,
        batch.changed_at as status_changed_at,
        batch.ordered_at,
        batch.total_amount,
        batch.currency_code,
        batch.store_id,
        batch.is_counted,
        false as is_live
    from batch
    left join recent on batch.order_id = recent.order_id
    where recent.order_id is null
    union all
    select
        order_id,
        customer_id,
        status,
        status_changed_at,
        ordered_at,
        total_amount,
        currency_code,
        store_id,
        is_counted,
        is_live
    from recent

),

statuses as (

    select * from {{ published(ref("order_statuses")) }}

),

final as (

    select
        cast(merged.order_id as {{ dbt.type_string() }}) as order_id,
        cast(merged.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(merged.status as {{ dbt.type_string() }}) as status,
        cast(
            case when merged.status is null then 'created' else coalesce(statuses.status_group, 'unknown') end
            as {{ dbt.type_string() }}
        ) as status_group,
        cast(merged.store_id as {{ dbt.type_string() }}) as store_id,
        cast(merged.currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(merged.total_amount as numeric(38, 9)) as total_amount,
        cast(merged.ordered_at as timestamp) as ordered_at,
        cast(merged.status_changed_at as timestamp) as status_changed_at,
        merged.is_counted,
        merged.is_live
    from merged
    left join statuses on merged.status = statuses.status

)

select * from final
