-- Orders, each sale counted once however many copies of it there are.
create table fct_orders as
with copies as (
    select
        order_id,
        nullif(document.marketplaceOrderId, '') as marketplace_order_id,
        nullif(document.sellerOrderId, '') as seller_order_id,
        coalesce(nullif(document.origin, ''), 'Marketplace') as origin
    from orders
),

sold_by as (
    select seller_order_id, min(order_id) as order_id
    from copies
    where origin = 'Marketplace' and seller_order_id is not null
    group by seller_order_id
),

parents as (
    select
        copies.order_id,
        copies.origin,
        coalesce(named.order_id, naming.order_id, chain.order_id) as parent_id,
        case
            when copies.origin = 'Marketplace' then copies.order_id
            else coalesce(parent_id, copies.marketplace_order_id, copies.order_id)
        end as root_id
    from copies
    left join copies as named
        on copies.marketplace_order_id = named.order_id and copies.order_id <> named.order_id
    left join sold_by as naming on copies.order_id = naming.seller_order_id and copies.order_id <> naming.order_id
    left join sold_by as chain
        on copies.marketplace_order_id = chain.seller_order_id and copies.order_id <> chain.order_id
),

sales as (
    select
        parents.order_id,
        case
            when parents.origin = 'Marketplace' then parents.root_id
            else coalesce(grandparents.root_id, parents.root_id)
        end as sale_id,
        case parents.origin when 'Marketplace' then 1 when 'Fulfillment' then 2 else 3 end as origin_rank
    from parents
    left join parents as grandparents on parents.parent_id = grandparents.order_id
),

counted as (
    select order_id, sale_id, origin_rank = min(origin_rank) over (partition by sale_id) as is_counted
    from sales
),

statuses as (select * from read_csv(getvariable('seeds') || '/order_statuses.csv')),

milestones as (
    select
        changes.order_id,
        min(changes.changed_at) filter (statuses.status_group in ('approved', 'handling', 'invoiced'))
            as first_approved_at,
        min(changes.changed_at) filter (statuses.status_group = 'handling') as handled_at,
        max(changes.changed_at) filter (changes.status = 'canceled') as last_cancelled_at
    from fct_order_status_changes as changes
    left join statuses using (status)
    group by changes.order_id
),

lines as (
    select
        order_id,
        count(*) as line_count,
        sum(unit_count) as unit_count,
        bool_or(list_bool_or([a.name like 'vtex.subscription.%' for a in line.attachments])) as has_subscription
    from order_lines
    group by order_id
),

deliveries as (
    select
        order_id,
        min(pickup_point_id) as pickup_point_id,
        case when min(delivery_channel) <> max(delivery_channel) then 'mixed' else min(delivery_channel) end
            as delivery_channel
    from order_deliveries
    group by order_id
),

parcels as (
    select order_id, max(delivered_at) as last_delivered_at, bool_and(is_delivered) as is_delivered
    from order_packages
    where not is_return
    group by order_id
),

read as (
    select
        orders.*,
        counted.* exclude (order_id),
        milestones.handled_at,
        milestones.last_cancelled_at,
        coalesce(orders.authorized_at, milestones.first_approved_at) as paid_at,
        utc(orders.document.invoicedDate) as invoiced_at,
        utc(orders.document.cancellationData.CancellationDate) as told_cancelled_at,
        coalesce(orders.document.storePreferencesData.currencyCode, 'BRL') as currency_code,
        trim(nullif(orders.document.shippingData.address.city, '')) as delivery_city,
        upper(trim(nullif(orders.document.shippingData.address.state, ''))) as delivery_state,
        nullif(orders.document.shippingData.address.country, '') as delivery_country,
        nullif(left(digits(orders.document.shippingData.address.postalCode), 5), '') as region,
        coalesce(customers.customer_id, 'order-' || orders.order_id) as customer_id,
        case
            when lower(trim(orders.document.marketingData.utmiCampaign)) = 'codigodavendedora'
                then
                    upper(nullif(regexp_extract(
                        orders.document.openTextField.value, '^ *([A-Za-z]{1,4}[0-9]{1,6}) *(?:-.*)?$', 1
                    ), ''))
        end as clerk_code,
        deliveries.pickup_point_id,
        deliveries.delivery_channel,
        lines.line_count,
        lines.unit_count,
        lines.has_subscription,
        case
            when parcels.is_delivered and (invoiced_at is not null or orders.status = 'invoiced')
                then parcels.last_delivered_at
        end as delivered_at
    from orders
    inner join counted using (order_id)
    left join milestones using (order_id)
    left join lines using (order_id)
    left join deliveries using (order_id)
    left join parcels using (order_id)
    left join order_customers as customers
        on nullif(orders.document.clientProfileData.userProfileId, '') is not distinct from customers.profile_id
        and orders.document.clientProfileData.document is not distinct from customers.document
        and orders.document.clientProfileData.email is not distinct from customers.email
        and orders.document.clientProfileData.phone is not distinct from customers.phone
),

clerks as (select * from read_csv(getvariable('seeds') || '/clerk_stores.csv', all_varchar = true))

select
    order_id,
    document.orderGroup as order_group_id,
    sale_id,
    read.customer_id,
    coalesce(versions.customer_key, md5(part(read.customer_id) || moment(beginning()))) as customer_key,
    document.salesChannel as sales_channel_id,
    coalesce(nullif(document.checkedInPickupPointId, ''), pickup_point_id, clerks.store_id) as store_id,
    case
        when coalesce(delivery_country, delivery_state, delivery_city, region) is not null
            then md5(part(delivery_country) || part(delivery_state) || part(upper(delivery_city)) || part(region))
    end as geography_key,
    nullif(document.affiliateId, '') as affiliate_id,
    nullif(document.origin, '') as origin,
    read.status,
    case when read.status is null then 'created' else coalesce(statuses.status_group, 'unknown') end as status_group,
    read.clerk_code,
    nullif(document.marketingData.coupon, '') as coupon_code,
    case when document.marketingData.utmSource not like '%@%' then nullif(split_part(document.marketingData.utmSource, '?', 1), '') end
        as utm_source,
    case when document.marketingData.utmMedium not like '%@%' then nullif(split_part(document.marketingData.utmMedium, '?', 1), '') end
        as utm_medium,
    case when document.marketingData.utmCampaign not like '%@%' then nullif(split_part(document.marketingData.utmCampaign, '?', 1), '') end
        as utm_campaign,
    case when document.marketingData.utmiCampaign not like '%@%' then nullif(split_part(document.marketingData.utmiCampaign, '?', 1), '') end
        as utmi_campaign,
    delivery_channel,
    delivery_city,
    delivery_state,
    currency_code,
    coalesce(line_count, 0) as line_count,
    coalesce(unit_count, 0) as unit_count,
    total(document.totals, 'Items') as items_amount,
    -total(document.totals, 'Discounts') as discounts_amount,
    total(document.totals, 'Shipping') as shipping_amount,
    total(document.totals, 'Tax') as tax_amount,
    coalesce(list_sum([amount(t.value) for t in document.totals]), 0) * 0.01
    - items_amount + discounts_amount - shipping_amount - tax_amount as other_amount,
    cents(document.value) as total_amount,
    minutes(created_at, paid_at) as minutes_to_pay,
    minutes(created_at, handled_at) as minutes_to_handle,
    minutes(created_at, invoiced_at) as minutes_to_invoice,
    minutes(created_at, delivered_at) as minutes_to_deliver,
    coalesce(read.status = 'canceled', false) as is_cancelled,
    is_counted,
    not is_cancelled and paid_at is not null and is_counted as is_revenue,
    coalesce(document.subscriptionData::varchar like '{%', false) or coalesce(has_subscription, false) as is_subscription,
    local_day(created_at) as order_date,
    created_at as ordered_at,
    created_at at time zone 'UTC' at time zone 'America/Sao_Paulo' as ordered_local_at,
    paid_at,
    handled_at,
    invoiced_at,
    delivered_at,
    case when is_cancelled then coalesce(told_cancelled_at, last_cancelled_at) end as cancelled_at,
    changed_at
from read
left join statuses on read.status = statuses.status
left join clerks on read.clerk_code = upper(clerks.clerk_code)
left join customer_versions as versions
    on read.customer_id = versions.customer_id
    and read.created_at >= versions.valid_from
    and read.created_at < versions.valid_to;

create table fct_order_items as
with shipped as (
    select order_id, line_number, sum(unit_count) as unit_count
    from package_items
    where not is_return
    group by order_id, line_number
),

costs as (
    select
        sku_id,
        cost_price_amount,
        case when version_number = 1 then least(valid_from, beginning()) else valid_from end as valid_from,
        coalesce(valid_to, timestamp '9999-12-31') as valid_to
    from price_documents
    where cost_price_amount < 1000000000
)

select
    order_id,
    line_number,
    line.uniqueId as line_id,
    line.id as sku_id,
    versions.sku_key,
    line.seller as seller_id,
    nullif(line.measurementUnit, '') as measurement_unit,
    orders.currency_code,
    lines.unit_count,
    lines.unit_count * lines.multiplier as measured_quantity,
    coalesce(shipped.unit_count, 0) as shipped_unit_count,
    lines.unit_price_amount,
    cents(coalesce(line.listPrice, line.price)) as list_price_amount,
    round(exact_gross, 2) as gross_amount,
    round(
        exact_gross + coalesce(
            list_sum([
                case
                    when tag.isPercentual
                        then exact_gross * try_cast(coalesce(tag.rawValue, tag.value) as decimal(8, 6))
                    else coalesce(
                        try_cast(tag.value as decimal(15, 4)) * 0.01, try_cast(tag.rawValue as decimal(12, 6))
                    )
                end
                for tag in line.priceTags
                if not coalesce(lower(tag.name) like '%shipping%' or lower(tag.name) like 'tax%', false)
            ]), 0
        ), 2
    ) as line_amount,
    gross_amount - line_amount as discount_amount,
    case when orders.currency_code = 'BRL' then round(costs.cost_price_amount * measured_quantity, 2) end as cost_amount,
    coalesce(line.isGift, false) as is_gift,
    orders.is_revenue,
    orders.order_date
from order_lines as lines
inner join fct_orders as orders using (order_id)
left join shipped using (order_id, line_number)
left join sku_versions as versions
    on lines.line.id = versions.sku_id and orders.ordered_at >= versions.valid_from and orders.ordered_at < versions.valid_to
left join costs
    on lines.line.id = costs.sku_id and orders.ordered_at >= costs.valid_from and orders.ordered_at < costs.valid_to;

create table fct_promotion_uses as
with tags as (
    select
        order_id,
        line_number,
        exact_gross,
        unnest(line.priceTags) as tag,
        generate_subscripts(line.priceTags, 1) as tag_number
    from order_lines
),

amounts as (
    select
        *,
        case
            when lower(tag.name) like '%shipping%' then 'shipping'
            when lower(tag.name) like 'tax%' then 'tax'
            else 'item'
        end as kind,
        coalesce(
            case
                when tag.isPercentual then exact_gross * try_cast(coalesce(tag.rawValue, tag.value) as decimal(8, 6))
                else coalesce(
                    try_cast(tag.value as decimal(15, 4)) * 0.01, try_cast(tag.rawValue as decimal(12, 6))
                )
            end, 0
        ) as tag_amount
    from tags
),

running as (
    -- A line is rounded once, so its tags are rounded as they add up.
    select
        *,
        case kind when 'item' then exact_gross else 0 end + sum(tag_amount) over (
            partition by order_id, line_number, kind order by tag_number
            rows between unbounded preceding and current row
        ) as running_amount
    from amounts
),

promotions as (
    select order_id, promotion.id as promotion_id, min(promotion.name) as promotion_name
    from (select order_id, unnest(document.ratesAndBenefitsData.rateAndBenefitsIdentifiers) as promotion from orders)
    group by order_id, promotion.id
)

select
    running.order_id,
    line_number,
    tag_number,
    tag.identifier as promotion_id,
    promotions.promotion_name,
    kind,
    orders.customer_id,
    orders.coupon_code,
    orders.currency_code,
    round(running_amount - tag_amount, 2) - round(running_amount, 2) as discount_amount,
    coalesce(tag.isPercentual, false) as is_percentual,
    orders.is_revenue,
    orders.order_date
from running
inner join fct_orders as orders using (order_id)
left join promotions on running.order_id = promotions.order_id and running.tag.identifier = promotions.promotion_id;

create table fct_order_components as
with components as (
    select
        order_id,
        line_number,
        unit_count as line_unit_count,
        unnest(line.components) as component,
        generate_subscripts(line.components, 1) as component_number
    from order_lines
)

select
    order_id,
    line_number,
    component_number,
    component.id as sku_id,
    component.productId as product_id,
    orders.currency_code,
    units(component.quantity) * line_unit_count as unit_count,
    cents(component.price) as unit_price_amount,
    orders.is_revenue,
    orders.order_date
from components
inner join fct_orders as orders using (order_id);

create table fct_order_services as
with services as (
    select
        order_id,
        line_number,
        unnest(line.bundleItems) as service,
        generate_subscripts(line.bundleItems, 1) as service_number
    from order_lines
)

select
    order_id,
    line_number,
    service_number,
    service.id as service_id,
    service.name as service_name,
    orders.currency_code,
    units(service.quantity) as unit_count,
    cents(service.price) as unit_price_amount,
    round(cents(service.price) * units(service.quantity), 2) as service_amount,
    orders.is_revenue,
    orders.order_date
from services
inner join fct_orders as orders using (order_id);

create table fct_order_payments as
with transactions as (
    select
        order_id,
        unnest(document.paymentData.transactions) as transaction,
        generate_subscripts(document.paymentData.transactions, 1) as transaction_number
    from orders
),

payments as (
    select
        order_id,
        transaction_number,
        unnest(transaction.payments) as payment,
        generate_subscripts(transaction.payments, 1) as place
    from transactions
    where transaction.isActive is distinct from 'false'
),

once as (
    -- Listed twice, it was paid once.
    select * from payments
    qualify
        row_number() over (
            partition by order_id, payment.id, case when payment.id is null then [transaction_number, place] end
            order by transaction_number, place
        ) = 1
)

select
    order_id,
    row_number() over (partition by order_id order by transaction_number, place) as payment_number,
    payment.id as payment_id,
    coalesce(payment.paymentSystem, 'unknown') as payment_method_id,
    coalesce(payment."group", 'unknown') as payment_method,
    orders.currency_code,
    coalesce(try_cast(payment.installments as bigint), 1) as installments,
    cents(payment.value) as paid_amount,
    coalesce(lower(payment."group") like 'giftcard%', false) or nullif(payment.giftCardProvider, '') is not null
        as is_gift_card,
    orders.order_date
from once
inner join fct_orders as orders using (order_id);

create table fct_shipments as
with contents as (
    select
        order_id,
        package_number,
        count(*) as line_count,
        sum(unit_count) as unit_count,
        count(line_number) as known_line_count
    from package_items
    group by order_id, package_number
),

promised_lines as (
    select items.order_id, items.package_number, deliveries.* exclude (order_id, line_number)
    from package_items as items
    inner join order_deliveries as deliveries using (order_id, line_number)
    where not items.is_return
    union all
    -- A package that does not say what is in it was promised as the order was.
    select packages.order_id, packages.package_number, deliveries.* exclude (order_id, line_number)
    from order_packages as packages
    left join contents using (order_id, package_number)
    inner join order_deliveries as deliveries using (order_id)
    where not packages.is_return and coalesce(contents.known_line_count, 0) = 0
),

promises as (
    select
        order_id,
        package_number,
        case when min(delivery_channel) <> max(delivery_channel) then 'mixed' else min(delivery_channel) end
            as delivery_channel,
        min(delivery_company) as delivery_company,
        min(pickup_point_id) as pickup_point_id,
        max(promised_at) as promised_at
    from promised_lines
    group by order_id, package_number
)

select
    order_id,
    package_number,
    invoice_number,
    local_day(issued_at) as issued_date,
    local_day(promises.promised_at) as promised_date,
    local_day(packages.delivered_at) as delivered_date,
    orders.store_id,
    promises.pickup_point_id,
    orders.geography_key,
    coalesce(nullif(carrier, ''), promises.delivery_company, 'unknown') as carrier,
    promises.delivery_channel,
    orders.delivery_state,
    orders.currency_code,
    coalesce(contents.line_count, 0) as line_count,
    coalesce(contents.unit_count, 0) as unit_count,
    invoice_amount,
    case
        when promised_date is null or not is_tracked or (is_delivered and delivered_date is null) then null
        else coalesce(delivered_date, local_day(getvariable('as_of'))) > promised_date
    end as is_late,
    case
        when is_late then date_diff('day', promised_date, coalesce(delivered_date, local_day(getvariable('as_of'))))
        when not is_late then 0
    end as days_late,
    is_return,
    is_delivered,
    orders.is_counted,
    orders.order_date,
    issued_at,
    promises.promised_at,
    packages.delivered_at
from order_packages as packages
inner join fct_orders as orders using (order_id)
left join contents using (order_id, package_number)
left join promises using (order_id, package_number);
