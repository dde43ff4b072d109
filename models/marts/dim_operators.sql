with

operators as (

    select * from {{ ref("cleansed_operators") }}
    where is_current

),

seen as (

    -- An operator can help out in another shop; the newest receipt says where he works.
    select
        operator_id,
        store_id
    from {{ ref("cleansed_receipts") }}
    where operator_id is not null
    qualify row_number() over (partition by operator_id order by sold_at desc, receipt_id desc) = 1

),

members as (

    -- An operator whom receipts name and no document describes is inferred.
    select
        coalesce(operators.operator_id, seen.operator_id) as operator_id,
        coalesce(operators.store_id, seen.store_id) as store_id,
        operators.operator_id is null as is_inferred
    from operators
    full outer join seen on operators.operator_id = seen.operator_id

),

final as (

    select
        cast(operator_id as {{ dbt.type_string() }}) as operator_id,
        cast(store_id as {{ dbt.type_string() }}) as store_id,
        is_inferred
    from members

)

select * from final
