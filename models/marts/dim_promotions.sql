{%- set element_text = "cast(element as " ~ dbt.type_string() ~ ")" -%}
with

promotions as (

    select * from {{ ref("cleansed_promotions") }}
    where is_current

),

coupons as (

    {{ exploded("promotions", "coupon_codes", ["promotion_id"]) | indent(4) }}

),

coupon_counts as (

    select
        promotion_id,
        count(distinct element) as coupon_count
    from coupons
    group by promotion_id

),

channels as (

    {{ exploded("promotions", "sales_channel_ids", ["promotion_id"]) | indent(4) }}

),

channel_lists as (

    select
        promotion_id,
        {{ dbt.listagg(typed_json("id", element_text), "', '", "order by position") }} as sales_channel_ids
    from channels
    group by promotion_id

),

used as (

    select
        promotion_id,
        max(promotion_name) as promotion_name
    from {{ ref("cleansed_order_promotions") }}
    where promotion_id is not null
    group by promotion_id

),

final as (

    select
        cast(coalesce(promotions.promotion_id, used.promotion_id) as {{ dbt.type_string() }}) as promotion_id,
        cast(
            coalesce(promotions.promotion_name, used.promotion_name, promotions.promotion_id, used.promotion_id)
            as {{ dbt.type_string() }}
        ) as promotion_name,
        cast(promotions.promotion_type as {{ dbt.type_string() }}) as promotion_type,
        cast(promotions.discount_type as {{ dbt.type_string() }}) as discount_type,
        cast(promotions.utm_source as {{ dbt.type_string() }}) as utm_source,
        cast(promotions.utm_campaign as {{ dbt.type_string() }}) as utm_campaign,
        cast(promotions.utmi_campaign as {{ dbt.type_string() }}) as utmi_campaign,
        cast(channel_lists.sales_channel_ids as {{ dbt.type_string() }}) as sales_channel_ids,
        cast(coalesce(coupon_counts.coupon_count, 0) as {{ dbt.type_bigint() }}) as coupon_count,
        cast(promotions.discount_percent as numeric(38, 9)) as discount_percent,
        cast(promotions.nominal_discount_amount as numeric(38, 9)) as nominal_discount_amount,
        coupon_counts.coupon_count is not null as needs_coupon,
        coalesce(promotions.excludes_sales_channels, false) as excludes_sales_channels,
        coalesce(promotions.is_active, true) as is_active,
        coalesce(promotions.is_archived, false) as is_archived,
        promotions.promotion_id is not null
        and coalesce(promotions.is_active, true)
        and not coalesce(promotions.is_archived, false)
        and (promotions.begins_at is null or promotions.begins_at <= {{ as_of() }})
        and (promotions.ends_at is null or promotions.ends_at > {{ as_of() }}) as is_running,
        promotions.promotion_id is null as is_inferred,
        cast(promotions.begins_at as timestamp) as begins_at,
        cast(promotions.ends_at as timestamp) as ends_at,
        cast(promotions.valid_from as timestamp) as changed_at
    from promotions
    -- A promotion whose price tags orders bear and that no document describes is inferred.
    full outer join used on promotions.promotion_id = used.promotion_id
    left join coupon_counts on promotions.promotion_id = coupon_counts.promotion_id
    left join channel_lists on promotions.promotion_id = channel_lists.promotion_id

)

select * from final
