{{ config(cluster_by=["campaign_id", "store_id"]) }}

with

campaigns as (

    select * from {{ ref("dim_campaigns") }}
    where start_date <= {{ run_date() }} and end_date >= {{ run_date() }}

),

redeemers as (

    select distinct
        campaign_id,
        customer_id
    from {{ ref("fct_coupon_redemptions") }}
    where customer_id is not null and redeemed_date <= {{ run_date() }}

),

consenting as (

    select * from {{ ref("dim_customers") }}
    where is_current and accepts_messages

),

stores as (

    select * from {{ ref("agg_customer_stores") }}
    where is_usual

),

members as (

    select
        members.campaign_id,
        members.customer_id,
        stores.store_id
    from {{ ref("fct_campaign_members") }} as members
    inner join campaigns on members.campaign_id = campaigns.campaign_id
    inner join consenting on members.customer_id = consenting.customer_id
    inner join stores on members.customer_id = stores.customer_id
    left join redeemers
        on members.campaign_id = redeemers.campaign_id and members.customer_id = redeemers.customer_id
    where redeemers.customer_id is null

),

purchases as (

    select * from {{ ref("customer_skus") }}

),

skus as (

    select * from {{ ref("dim_skus") }}
    where is_current

),

sold as (

    select
        sku_id,
        sum(day_count) as sold_count
    from purchases
    group by sku_id

),

coupons as (

    -- A SKU may have several coupons in a campaign: the first is as good as any.
    select
        coupons.campaign_id,
        coupons.sku_id,
        skus.category_name,
        coalesce(sold.sold_count, 0) as sold_count,
        min(coupons.coupon_code) as coupon_code
    from {{ ref("fct_campaign_coupons") }} as coupons
    inner join campaigns on coupons.campaign_id = campaigns.campaign_id
    inner join skus on coupons.sku_id = skus.sku_id
    left join sold on coupons.sku_id = sold.sku_id
    where coalesce(skus.is_active, true)
    group by coupons.campaign_id, coupons.sku_id, skus.category_name, sold.sold_count

),

best_of_category as (

    select * from coupons
    where category_name is not null
    qualify row_number() over (partition by campaign_id, category_name order by sold_count desc, sku_id asc) = 1

),

best_of_all as (

    select * from coupons
    qualify row_number() over (partition by campaign_id order by sold_count desc, sku_id asc) = 1

),

customer_categories as (

    select
        purchases.customer_id,
        skus.category_name,
        cast(sum(purchases.day_count) as numeric(38, 9)) as day_count
    from purchases
    inner join skus on purchases.sku_id = skus.sku_id
    where skus.category_name is not null
    group by purchases.customer_id, skus.category_name

),

fitting as (

    -- What they buy themselves; else what sells best of what they buy most of; else what sells best.
    select
        members.*,
        coupons.coupon_code,
        coupons.sku_id,
        cast(purchases.day_count as numeric(38, 9)) as reason_value
    from members
    inner join coupons on members.campaign_id = coupons.campaign_id
    inner join purchases on members.customer_id = purchases.customer_id and coupons.sku_id = purchases.sku_id
    union all
    select
        members.*,
        best_of_category.coupon_code,
        best_of_category.sku_id,
        customer_categories.day_count / (customer_categories.day_count + 1) as reason_value
    from members
    inner join best_of_category on members.campaign_id = best_of_category.campaign_id
    inner join customer_categories
        on
            members.customer_id = customer_categories.customer_id
            and best_of_category.category_name = customer_categories.category_name
    union all
    select
        members.*,
        best_of_all.coupon_code,
        best_of_all.sku_id,
        cast(0 as numeric(38, 9)) as reason_value
    from members
    left join best_of_all on members.campaign_id = best_of_all.campaign_id

),

best as (

    select * from fitting
    qualify
        row_number() over (
            partition by campaign_id, customer_id
            order by reason_value desc, sku_id asc nulls last, coupon_code asc nulls last
        ) = 1

),

limited as (

    select * from best
    qualify
        row_number() over (partition by campaign_id, store_id order by reason_value desc, customer_id asc)
        <= {{ var("campaign_targets_per_store") }}

),

final as (

    select
        cast(limited.campaign_id as {{ dbt.type_string() }}) as campaign_id,
        cast(limited.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(limited.store_id as {{ dbt.type_string() }}) as store_id,
        cast(limited.coupon_code as {{ dbt.type_string() }}) as coupon_code,
        cast(limited.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(
            'Participa de uma campanha e ainda não usou cupom'
            || coalesce('; há um para ' || coalesce(skus.sku_name, skus.product_name), '')
            || case when limited.reason_value >= 1 then ', que já comprou' else '' end
            || '.'
            as {{ dbt.type_string() }}
        ) as reason,
        cast(limited.reason_value as numeric(38, 9)) as reason_value,
        {{ run_date() }} as run_date
    from limited
    left join skus on limited.sku_id = skus.sku_id

)

select * from final
{{ ordered_by(["campaign_id", "store_id", "customer_id"]) }}
