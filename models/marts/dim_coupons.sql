with

coupons as (

    select * from {{ ref("cleansed_coupons") }}
    where is_current

),

used as (

    select distinct coupon_code from {{ ref("cleansed_orders") }}
    where coupon_code is not null

),

members as (

    -- A coupon that an order used and no document describes is inferred.
    select
        coalesce(coupons.coupon_code, used.coupon_code) as coupon_code,
        coupons.utm_source,
        coupons.utm_campaign,
        coupons.maximum_uses,
        coupons.maximum_items_per_client,
        coupons.is_archived,
        coupons.modified_at,
        coupons.coupon_code is null as is_inferred
    from coupons
    full outer join used on coupons.coupon_code = used.coupon_code

),

final as (

    select
        cast(coupon_code as {{ dbt.type_string() }}) as coupon_code,
        cast(utm_source as {{ dbt.type_string() }}) as utm_source,
        cast(utm_campaign as {{ dbt.type_string() }}) as utm_campaign,
        cast(maximum_uses as {{ dbt.type_bigint() }}) as maximum_uses,
        cast(maximum_items_per_client as {{ dbt.type_bigint() }}) as maximum_items_per_client,
        coalesce(is_archived, false) as is_archived,
        is_inferred,
        cast(modified_at as timestamp) as modified_at
    from members

)

select * from final
