-- Receipts of tills, campaigns, and the sales of both.
create table fct_receipts as
with lines as (
    select
        receipt_id,
        count(*) as line_count,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(coupon_amount) as coupon_amount,
        sum(line_amount) as lines_amount
    from receipt_lines
    group by receipt_id
)

select
    receipt_id,
    store_id,
    operator_id,
    coalesce(
        tills.customer_id, documents.customer_id, 'till-' || till_customer_id,
        case when all_documents.identifier is null then 'document-' || document_hash end
    ) as customer_id,
    'BRL' as currency_code,
    coalesce(line_count, 0) as line_count,
    coalesce(gross_amount, 0) as gross_amount,
    coalesce(discount_amount, 0) as discount_amount,
    coalesce(coupon_amount, 0) as coupon_amount,
    coalesce(lines_amount, 0) as lines_amount,
    total_amount,
    sale_date,
    sold_at
from receipts
left join lines using (receipt_id)
left join known_identities as tills on 'till-' || till_customer_id = tills.identifier
left join known_identities as documents on 'document-' || document_hash = documents.identifier
left join identities as all_documents on 'document-' || document_hash = all_documents.identifier;

create table fct_receipt_items as
select
    receipt_id,
    line_number,
    till_skus.sku_id,
    versions.sku_key,
    receipts.store_id,
    receipts.customer_id,
    receipts.currency_code,
    unit_count,
    unit_price_amount,
    lines.gross_amount,
    lines.discount_amount,
    lines.coupon_amount,
    line_amount,
    receipts.sale_date,
    receipts.sold_at
from receipt_lines as lines
inner join fct_receipts as receipts using (receipt_id)
left join till_skus using (till_product_id)
left join sku_versions as versions
    on till_skus.sku_id = versions.sku_id and lines.sold_at >= versions.valid_from and lines.sold_at < versions.valid_to;

create table fct_receipt_payments as
with payments as (
    select
        receipt_id,
        store_id,
        sale_date,
        unnest(payments) as payment,
        generate_subscripts(payments, 1) as payment_number
    from receipts
)

select
    receipt_id,
    payment_number,
    coalesce(payment.tipo, 'unknown') as payment_method_id,
    coalesce(payment.tipo, 'unknown') as payment_method,
    store_id,
    'BRL' as currency_code,
    coalesce(amount(payment.valor), 0) as paid_amount,
    sale_date
from payments;

create table fct_campaign_coupons as
select distinct campaign_id, coupon_code, sku_id
from campaign_coupons
inner join till_skus using (till_product_id);

create table fct_campaign_members as
with members as (select campaign_id, unnest(members) as till_customer_id from campaigns)

select distinct campaign_id, coalesce(tills.customer_id, 'till-' || till_customer_id) as customer_id
from members
left join known_identities as tills on 'till-' || till_customer_id = tills.identifier;

create table fct_coupon_redemptions as
with told as (
    select redemptions.*, coalesce(tills.customer_id, 'till-' || till_customer_id) as customer_id
    from redemptions
    left join known_identities as tills on 'till-' || till_customer_id = tills.identifier
),

coupon_lines as (
    select
        told.redemption_id,
        items.*,
        sum(items.coupon_amount) over (partition by told.redemption_id, items.receipt_id) as receipt_amount
    from told
    inner join fct_campaign_coupons as coupons using (campaign_id, coupon_code)
    inner join fct_receipt_items as items
        on told.customer_id = items.customer_id and told.redeemed_date = items.sale_date and coupons.sku_id = items.sku_id
    where items.coupon_amount > 0
),

receipts as (
    select redemption_id, receipt_id, store_id, currency_code
    from coupon_lines
    qualify row_number() over (partition by redemption_id order by receipt_amount desc, receipt_id, line_number) = 1
),

granted as (
    -- A line's discount is of one redemption.
    select redemption_id, coupon_amount
    from coupon_lines semi join receipts using (redemption_id, receipt_id)
    qualify row_number() over (partition by receipt_id, line_number order by redemption_id) = 1
),

discounts as (select redemption_id, sum(coupon_amount) as discount_amount from granted group by redemption_id)

select
    redemption_id,
    campaign_id,
    coupon_code,
    customer_id,
    receipt_id,
    store_id,
    coalesce(currency_code, 'BRL') as currency_code,
    coalesce(discount_amount, 0) as discount_amount,
    redeemed_date
from told
left join receipts using (redemption_id)
left join discounts using (redemption_id);

create table fct_sales as
select
    items.order_id as sale_id,
    items.line_number,
    'web' as channel,
    orders.customer_id,
    items.sku_id,
    items.sku_key,
    orders.store_id,
    items.currency_code,
    items.unit_count,
    items.gross_amount,
    items.discount_amount,
    items.line_amount as net_amount,
    items.order_date as sale_date,
    orders.ordered_at as sold_at
from fct_order_items as items
inner join fct_orders as orders using (order_id)
where items.is_revenue
union all
select
    receipt_id,
    line_number,
    'store',
    customer_id,
    sku_id,
    sku_key,
    store_id,
    currency_code,
    unit_count,
    gross_amount,
    gross_amount - line_amount,
    line_amount,
    sale_date,
    sold_at
from fct_receipt_items;
