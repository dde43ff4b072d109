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
        cast(attribution as {{ dbt.type_string() }}) as attribution,
        cast(campaign_id as {{ dbt.type_string() }}) as campaign_id,
        cast(campaign_name as {{ dbt.type_string() }}) as campaign_name,
        cast(currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(use_count as {{ dbt.type_bigint() }}) as use_count,
        cast(order_count as {{ dbt.type_bigint() }}) as order_count,
        cast(new_customer_count as {{ dbt.type_bigint() }}) as new_customer_count,
        cast(returning_customer_count as {{ dbt.type_bigint() }}) as returning_customer_count,
        cast(discount_amount as numeric(38, 9)) as discount_amount,
        cast(net_amount as numeric(38, 9)) as net_amount,
        first_use_date,
        last_use_date
    from campaigns

)

select * from final
