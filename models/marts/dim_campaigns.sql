with

campaigns as (

    select * from {{ ref("cleansed_campaigns") }}
    where is_current

),

targets as (

    select
        campaign_id,
        count(*) as target_count
    from {{ ref("cleansed_campaign_members") }}
    group by campaign_id

),

coupons as (

    select
        campaign_id,
        count(distinct coupon_code) as coupon_count
    from {{ ref("cleansed_campaign_coupons") }}
    group by campaign_id

),

redeemed as (

    select distinct campaign_id from {{ ref("cleansed_coupon_redemptions") }}
    where is_current

),

members as (

    -- A campaign of which a coupon was used and that no document describes is inferred.
    select
        coalesce(campaigns.campaign_id, redeemed.campaign_id) as campaign_id,
        campaigns.campaign_type,
        campaigns.start_date,
        campaigns.end_date,
        campaigns.campaign_id is null as is_inferred
    from campaigns
    full outer join redeemed on campaigns.campaign_id = redeemed.campaign_id

),

final as (

    select
        cast(members.campaign_id as {{ dbt.type_string() }}) as campaign_id,
        cast(members.campaign_type as {{ dbt.type_string() }}) as campaign_type,
        cast(coalesce(targets.target_count, 0) as {{ dbt.type_bigint() }}) as target_count,
        cast(coalesce(coupons.coupon_count, 0) as {{ dbt.type_bigint() }}) as coupon_count,
        members.is_inferred,
        members.start_date,
        members.end_date
    from members
    left join targets on members.campaign_id = targets.campaign_id
    left join coupons on members.campaign_id = coupons.campaign_id

)

select * from final
