{{ config(cluster_by=["attribution", "campaign_id"]) }}

with

orders as (

    -- What was sold in each order that counts, and whether its customer was new that day.
    select
        sale_id as order_id,
        currency_code,
        max(customer_id) as customer_id,
        max(sale_date) as sale_date,
        sum(discount_amount) as discount_amount,
        sum(net_amount) as net_amount
    from {{ ref("fct_sales") }}
    where channel = 'web'
    group by sale_id, currency_code

),

first_sales as (

    select
        customer_id,
        min(sale_date) as first_sale_date
    from {{ ref("fct_sales") }}
    where customer_id is not null
    group by customer_id

),

touches as (

    -- The marketing that the order itself names is what its customer came by last.
    select
        order_id,
        coalesce(utm_campaign, utm_source, utm_medium, 'none') as campaign_id,
        coalesce(utm_campaign, utm_source, utm_medium, 'none') as campaign_name
    from {{ ref("fct_orders") }}
    where is_revenue

),

promotions as (

    -- A price tag set by hand, or by a tax, is of no promotion.
    select
        order_id,
        coalesce(promotion_id, 'none') as promotion_id,
        max(promotion_name) as promotion_name,
        count(*) as use_count,
        sum(discount_amount) as discount_amount
    from {{ ref("fct_promotion_uses") }}
    where is_revenue
    group by order_id, coalesce(promotion_id, 'none')

),

redemptions as (

    select
        campaign_id,
        receipt_id,
        customer_id,
        currency_code,
        redeemed_date,
        count(*) as use_count,
        sum(discount_amount) as discount_amount
    from {{ ref("fct_coupon_redemptions") }}
    group by campaign_id, receipt_id, customer_id, currency_code, redeemed_date

),

attributed as (

    select
        'last touch' as attribution,
        touches.campaign_id,
        touches.campaign_name,
        orders.order_id,
        orders.currency_code,
        orders.customer_id,
        orders.sale_date,
        1 as use_count,
        orders.discount_amount,
        orders.net_amount
    from orders
    inner join touches on orders.order_id = touches.order_id
    union all
    -- An order can use several promotions: its revenue is then each one's, and their sum is more than what was sold.
    select
        'promotion' as attribution,
        promotions.promotion_id as campaign_id,
        promotions.promotion_name as campaign_name,
        orders.order_id,
        orders.currency_code,
        orders.customer_id,
        orders.sale_date,
        promotions.use_count,
        promotions.discount_amount,
        orders.net_amount
    from orders
    inner join promotions on orders.order_id = promotions.order_id
    union all
    -- A receipt with several coupons of one campaign is one order of it; where nobody knows the receipt there is none.
    select
        'shop campaign' as attribution,
        redemptions.campaign_id,
        redemptions.campaign_id as campaign_name,
        redemptions.receipt_id as order_id,
        redemptions.currency_code,
        redemptions.customer_id,
        redemptions.redeemed_date as sale_date,
        redemptions.use_count,
        redemptions.discount_amount,
        coalesce(receipts.lines_amount, 0) as net_amount
    from redemptions
    left join {{ ref("fct_receipts") }} as receipts on redemptions.receipt_id = receipts.receipt_id
    union all
    -- A campaign that nobody has used yet has its members all the same.
    select
        'shop campaign' as attribution,
        campaign_id,
        campaign_id as campaign_name,
        cast(null as {{ dbt.type_string() }}) as order_id,
        '{{ var("default_currency") }}' as currency_code,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        cast(null as date) as sale_date,
        0 as use_count,
        0 as discount_amount,
        0 as net_amount
    from {{ ref("dim_campaigns") }}

),

bought as (

    select
        channel,
        sale_id,
        customer_id,
        sale_date,
        currency_code,
        sum(net_amount) as net_amount
    from {{ ref("fct_sales") }}
    where customer_id in (select members.customer_id from {{ ref("fct_campaign_members") }} as members)
    group by channel, sale_id, customer_id, sale_date, currency_code

),

member_sales as (

    -- What a campaign's members bought while it lasted, with its coupons or without.
    select
        members.campaign_id,
        bought.currency_code,
        count(*) as order_count,
        sum(bought.net_amount) as net_amount
    from {{ ref("fct_campaign_members") }} as members
    inner join {{ ref("dim_campaigns") }} as dated on members.campaign_id = dated.campaign_id
    inner join bought
        on
            members.customer_id = bought.customer_id
            and bought.sale_date between dated.start_date and dated.end_date
    group by members.campaign_id, bought.currency_code

),

members as (

    select
        campaign_id,
        count(*) as member_count
    from {{ ref("fct_campaign_members") }}
    group by campaign_id

),

deliveries as (

    select
        campaign_id,
        count(sent_at) as sent_count,
        count(delivered_at) as delivered_count,
        sum(case when has_bought_after then 1 else 0 end) as bought_count
    from {{ ref("fct_deliveries") }}
    group by campaign_id

),

campaigns as (

    select
        attributed.attribution,
        attributed.campaign_id,
        attributed.currency_code,
        max(attributed.campaign_name) as campaign_name,
        sum(attributed.use_count) as use_count,
        count(distinct attributed.order_id) as order_count,
        count(
            distinct case when attributed.sale_date = first_sales.first_sale_date then attributed.customer_id end
        ) as new_customer_count,
        count(
            distinct case when attributed.sale_date > first_sales.first_sale_date then attributed.customer_id end
        ) as returning_customer_count,
        sum(attributed.discount_amount) as discount_amount,
        sum(attributed.net_amount) as net_amount,
        min(attributed.sale_date) as first_use_date,
        max(attributed.sale_date) as last_use_date
    from attributed
    left join first_sales on attributed.customer_id = first_sales.customer_id
    group by attributed.attribution, attributed.campaign_id, attributed.currency_code

),

final as (

    select
        cast(campaigns.attribution as {{ dbt.type_string() }}) as attribution,
        cast(campaigns.campaign_id as {{ dbt.type_string() }}) as campaign_id,
        cast(campaigns.campaign_name as {{ dbt.type_string() }}) as campaign_name,
        cast(campaigns.currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(campaigns.use_count as {{ dbt.type_bigint() }}) as use_count,
        cast(campaigns.order_count as {{ dbt.type_bigint() }}) as order_count,
        cast(campaigns.new_customer_count as {{ dbt.type_bigint() }}) as new_customer_count,
        cast(campaigns.returning_customer_count as {{ dbt.type_bigint() }}) as returning_customer_count,
        cast(campaigns.discount_amount as numeric(38, 9)) as discount_amount,
        cast(campaigns.net_amount as numeric(38, 9)) as net_amount,
        cast(
            case when campaigns.attribution = 'shop campaign' then coalesce(members.member_count, 0) end
            as {{ dbt.type_bigint() }}
        ) as member_count,
        cast(
            case when campaigns.attribution = 'shop campaign' then coalesce(member_sales.order_count, 0) end
            as {{ dbt.type_bigint() }}
        ) as member_order_count,
        cast(
            case when campaigns.attribution = 'shop campaign' then coalesce(member_sales.net_amount, 0) end
            as numeric(38, 9)
        ) as member_net_amount,
        {%- for name in ["sent_count", "delivered_count", "bought_count"] %}
        cast(
            case when campaigns.attribution = 'shop campaign' then coalesce(deliveries.{{ name }}, 0) end
            as {{ dbt.type_bigint() }}
        ) as {{ name }},
        {%- endfor %}
        campaigns.first_use_date,
        campaigns.last_use_date
    from campaigns
    left join deliveries on campaigns.attribution = 'shop campaign' and campaigns.campaign_id = deliveries.campaign_id
    left join members on campaigns.attribution = 'shop campaign' and campaigns.campaign_id = members.campaign_id
    left join member_sales
        on
            campaigns.attribution = 'shop campaign'
            and campaigns.campaign_id = member_sales.campaign_id
            and campaigns.currency_code = member_sales.currency_code

)

select * from final
