with

sellers as (

    select * from {{ ref("cleansed_sellers") }}
    where is_current

),

sold as (

    select distinct seller_id from {{ ref("cleansed_order_items") }}
    where seller_id is not null

),

members as (

    -- A seller that sold and was never described is inferred, under its id.
    select
        coalesce(sellers.seller_id, sold.seller_id) as seller_id,
        sellers.seller_name,
        sellers.seller_type,
        sellers.is_active,
        sellers.seller_id is null as is_inferred
    from sellers
    full outer join sold on sellers.seller_id = sold.seller_id

),

final as (

    select
        cast(seller_id as {{ dbt.type_string() }}) as seller_id,
        cast(coalesce(seller_name, seller_id) as {{ dbt.type_string() }}) as seller_name,
        cast(seller_type as {{ dbt.type_bigint() }}) as seller_type,
        coalesce(is_active, true) as is_active,
        is_inferred
    from members

)

select * from final
