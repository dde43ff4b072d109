with

payments as (

    select
        payment_method_id,
        payment_method_name,
        payment_group
    from {{ ref("cleansed_order_payments") }}
    union all
    -- A till has names for its methods, and no ids.
    select
        payment_method as payment_method_id,
        payment_method as payment_method_name,
        payment_method as payment_group
    from {{ ref("cleansed_receipt_payments") }}

),

methods as (

    select
        payment_method_id,
        max(payment_method_name) as payment_method_name,
        max(payment_group) as payment_group
    from payments
    group by payment_method_id

),

final as (

    select
        cast(payment_method_id as {{ dbt.type_string() }}) as payment_method_id,
        cast(coalesce(payment_method_name, payment_method_id) as {{ dbt.type_string() }}) as payment_method_name,
        cast(payment_group as {{ dbt.type_string() }}) as payment_group
    from methods

)

select * from final
