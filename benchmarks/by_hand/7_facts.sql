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

create table fct_order_changes as
with newest as (
    select data ->> '$.requestId' as change_id, published_at, message_id, data
    from documents_of('vtex_order_changes')
    where starts_with(data, '{') and json_valid(data) and change_id is not null
    qualify row_number() over (partition by change_id, published_at order by message_id desc) = 1
),

requests as (
    select
        change_id,
        data ->> '$.origin.orderId' as order_id,
        data ->> '$.status' as status,
        from_json(data -> '$.add', '{"items": [{"quantity": "VARCHAR"}]}').items as added,
        from_json(data -> '$.remove', '{"items": [{"quantity": "VARCHAR"}]}').items as removed,
        from_json(data -> '$.replace', '[{"from": {"items": [{"quantity": "VARCHAR"}]}}]') as replaced,
        cents(data ->> '$.totalChangeValue') as difference_amount,
        coalesce(utc(data ->> '$.date'), published_at) as changed_at
    from newest
    qualify row_number() over (partition by change_id order by published_at desc) = 1
),

amendments as (
    select
        order_id,
        unnest(document.changesAttachment.changesData) as change,
        generate_subscripts(document.changesAttachment.changesData, 1) as amendment_number
    from orders
),

changes as (
    select
        change_id,
        order_id,
        status,
        coalesce(list_sum([units(i.quantity) for i in added]), 0) as added_unit_count,
        coalesce(list_sum([units(i.quantity) for i in removed]), 0) as removed_unit_count,
        coalesce(list_sum([units(i.quantity) for i in flatten([r."from".items for r in replaced])]), 0)
            as replaced_unit_count,
        difference_amount,
        changed_at
    from requests
    union all
    -- What the order itself tells of, unless a request that was done has told it.
    select
        order_id || ':' || amendment_number,
        order_id,
        'done',
        coalesce(list_sum([units(i.quantity) for i in change.itemsAdded]), 0),
        coalesce(list_sum([units(i.quantity) for i in change.itemsRemoved]), 0),
        0,
        cents(change.incrementValue) - cents(change.discountValue),
        utc(change.receipt.date)
    from amendments
    where order_id not in (select order_id from requests where status = 'done')
)

select
    change_id,
    changes.order_id,
    changes.status,
    coalesce(orders.currency_code, 'BRL') as currency_code,
    added_unit_count,
    removed_unit_count,
    replaced_unit_count,
    difference_amount,
    changes.status = 'done' as is_applied,
    coalesce(orders.is_revenue, false) as is_revenue,
    local_day(changes.changed_at) as changed_date,
    changes.changed_at
from changes
left join fct_orders as orders using (order_id);

create table fct_returns as
with documents as (
    select
        published_at,
        message_id,
        from_json(
            case when starts_with(data, '{') and json_valid(data) then data end,
            '{
                "id": "VARCHAR", "orderId": "VARCHAR", "status": "VARCHAR", "dateSubmitted": "VARCHAR",
                "cultureInfoData": {"currencyCode": "VARCHAR"}, "refundPaymentData": {"refundPaymentMethod": "VARCHAR"},
                "items": [{
                    "orderItemIndex": "BIGINT", "id": "VARCHAR", "quantity": "VARCHAR", "sellingPrice": "VARCHAR",
                    "tax": "VARCHAR", "returnReason": {"reason": "VARCHAR"}
                }],
                "refundData": {
                    "invoiceNumber": "VARCHAR", "refundedShippingValue": "VARCHAR",
                    "items": [{
                        "orderItemIndex": "BIGINT", "id": "VARCHAR", "quantity": "VARCHAR", "price": "VARCHAR",
                        "restockFee": "VARCHAR"
                    }]
                },
                "refundStatusData": [{"status": "VARCHAR", "createdAt": "VARCHAR"}]
            }'
        ) as document
    from documents_of('vtex_returns')
),

requests as (
    select
        document.id as return_id,
        document.orderId as order_id,
        document,
        document.status = 'amountRefunded' as is_refunded,
        coalesce(utc(document.dateSubmitted), published_at) as submitted_at,
        coalesce(
            list_min([utc(s.createdAt) for s in document.refundStatusData if s.status = 'amountRefunded']),
            min(published_at) filter (document.status = 'amountRefunded') over (partition by document.id)
        ) as refunded_at
    from documents
    where document.id is not null and document.orderId is not null
    qualify row_number() over (partition by document.id order by published_at desc, message_id desc) = 1
),

requested as (
    select
        *,
        -- A line of the order can be listed twice: what is refunded of it is booked once, on the first.
        row_number() over (partition by return_id, item.orderItemIndex order by place) as listing_number
    from (
        select return_id, unnest(document.items) as item, generate_subscripts(document.items, 1) as place from requests
    )
),

refunds as (
    select
        return_id,
        refund.orderItemIndex as item_index,
        1 as listing_number,
        min(refund.id) as sku_id,
        sum(units(refund.quantity)) as unit_count,
        sum(cents(refund.price) * units(refund.quantity) - cents(refund.restockFee)) as amount
    from (select return_id, unnest(document.refundData.items) as refund from requests)
    group by return_id, refund.orderItemIndex
),

return_lines as (
    select
        coalesce(requested.return_id, refunds.return_id) as return_id,
        row_number() over (
            partition by coalesce(requested.return_id, refunds.return_id)
            order by requested.place nulls last, refunds.item_index nulls last
        ) as return_line_number,
        coalesce(requested.item.orderItemIndex, refunds.item_index) + 1 as order_line_number,
        coalesce(requested.item.id, refunds.sku_id) as sku_id,
        requested.item.returnReason.reason as reason,
        units(requested.item.quantity) as requested_unit_count,
        round((cents(requested.item.sellingPrice) + cents(requested.item.tax)) * units(requested.item.quantity), 2)
            as requested_amount,
        refunds.unit_count as refunded_unit_count,
        round(refunds.amount, 2) as refunded_amount
    from requested
    full join refunds
        on requested.return_id = refunds.return_id
        and requested.item.orderItemIndex = refunds.item_index
        and requested.listing_number = refunds.listing_number
),

invoiced as (
    -- The refund of a request is an invoice of the order too: only what no request explains is a return of its own.
    select
        packages.order_id,
        packages.package_number,
        coalesce(items.package_line_number, 1) as return_line_number,
        items.line_number as order_line_number,
        coalesce(items.unit_count, 0) as unit_count,
        cast(round(packages.invoice_amount * 100) as hugeint) as invoice_cents,
        cast(round(coalesce(items.unit_count * items.unit_price_amount, 0) * 100) as hugeint) as line_cents,
        packages.issued_at
    from order_packages as packages
    left join package_items as items using (order_id, package_number)
    where
        packages.is_return
        and not exists (
            from requests
            where
                is_refunded
                and packages.order_id = requests.order_id
                and packages.invoice_number = requests.document.refundData.invoiceNumber
        )
),

weighed as (
    -- The invoice is what went back, shared out by the lines' prices to the cent.
    select
        *,
        sum(line_cents) over (
            partition by order_id, package_number order by return_line_number
            rows between unbounded preceding and current row
        )::hugeint as running_cents,
        sum(line_cents) over (partition by order_id, package_number)::hugeint as total_cents
    from invoiced
),

shared as (
    select
        *,
        coalesce(
            invoice_cents * running_cents // nullif(total_cents, 0)
            - invoice_cents * (running_cents - line_cents) // nullif(total_cents, 0),
            case when return_line_number = 1 then invoice_cents else 0 end
        ) * 0.01 as amount
    from weighed
),

lines as (
    select
        requests.return_id,
        return_line_number,
        order_id,
        order_line_number,
        sku_id,
        'request' as return_type,
        document.status,
        reason,
        document.refundPaymentData.refundPaymentMethod as refund_method,
        document.cultureInfoData.currencyCode as currency_code,
        requested_unit_count,
        requested_amount,
        case
            when not is_refunded then 0
            when len(coalesce(document.refundData.items, [])) = 0 then requested_unit_count
            else refunded_unit_count
        end as returned_unit_count,
        case
            when not is_refunded then 0
            when len(coalesce(document.refundData.items, [])) = 0 then requested_amount
            else refunded_amount
        end as returned_amount,
        case when is_refunded and return_line_number = 1 then cents(document.refundData.refundedShippingValue) end
            as returned_shipping_amount,
        is_refunded,
        submitted_at,
        case when is_refunded then refunded_at end as refunded_at
    from requests
    inner join return_lines using (return_id)
    union all
    select
        shared.order_id || ':' || package_number, return_line_number, shared.order_id, order_line_number, items.sku_id,
        'invoice',
        'invoiced', null, null, items.currency_code, shared.unit_count, amount, shared.unit_count, amount, 0, true,
        issued_at, issued_at
    from shared
    left join fct_order_items as items
        on shared.order_id = items.order_id and shared.order_line_number = items.line_number
)

select
    lines.return_id,
    lines.return_line_number,
    lines.order_id,
    lines.order_line_number,
    lines.sku_id,
    orders.customer_id,
    orders.store_id,
    lines.return_type,
    lines.status,
    lines.reason,
    lines.refund_method,
    coalesce(lines.currency_code, orders.currency_code, 'BRL') as currency_code,
    coalesce(lines.requested_unit_count, 0) as requested_unit_count,
    coalesce(lines.requested_amount, 0) as requested_amount,
    coalesce(lines.returned_unit_count, 0) as returned_unit_count,
    coalesce(lines.returned_amount, 0) as returned_amount,
    coalesce(lines.returned_shipping_amount, 0) as returned_shipping_amount,
    lines.is_refunded,
    coalesce(orders.is_revenue, false) as is_revenue,
    local_day(lines.submitted_at) as submitted_date,
    local_day(lines.refunded_at) as refund_date,
    lines.submitted_at,
    lines.refunded_at
from lines
left join fct_orders as orders using (order_id);

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

create table fct_price_changes as
with fixed as (
    select
        *,
        unnest(document.fixedPrices) as price,
        generate_subscripts(document.fixedPrices, 1) as place
    from price_documents
),

points as (
    select
        sku_id,
        'base' as price_type,
        null::varchar as trade_policy_id,
        null::bigint as minimum_quantity,
        amount(document.basePrice) as price_amount,
        amount(document.listPrice) as list_price_amount,
        cost_price_amount,
        null::timestamp as begins_at,
        null::timestamp as ends_at,
        1 as series_number,
        version_number,
        valid_from,
        valid_to
    from price_documents
    union all
    select
        sku_id,
        'fixed',
        price.tradePolicyId,
        price.minQuantity,
        amount(price.value),
        amount(price.listPrice),
        cost_price_amount,
        utc(price.dateRange."from") as begins_at,
        utc(price.dateRange."to") as ends_at,
        row_number() over (
            partition by sku_id, version_number, price.tradePolicyId, price.minQuantity, begins_at, ends_at order by place
        ),
        version_number,
        valid_from,
        valid_to
    from fixed
    where amount(price.value) is not null
),

numbered as (
    select
        *,
        -- A price that a document leaves out has ended; if a later one states it again, it begins anew.
        version_number - 1 is distinct from lag(version_number) over series
        or price_amount is distinct from lag(price_amount) over series
        or list_price_amount is distinct from lag(list_price_amount) over series
        or cost_price_amount is distinct from lag(cost_price_amount) over series as is_change
    from points
    window series as (
        partition by sku_id, price_type, trade_policy_id, minimum_quantity, begins_at, ends_at, series_number
        order by version_number
    )
),

spans as (
    select
        * exclude (valid_to, is_change, version_number),
        case
            when lead(version_number) over series is null then last_valid_to
            else lead(previous_valid_to) over series
        end as valid_to,
        previous_valid_to
    from (
        select
            *,
            lag(valid_to) over series as previous_valid_to,
            last_value(valid_to) over (series rows between unbounded preceding and unbounded following) as last_valid_to
        from numbered
        window series as (
            partition by sku_id, price_type, trade_policy_id, minimum_quantity, begins_at, ends_at, series_number
            order by version_number
        )
    )
    where is_change
    window series as (
        partition by sku_id, price_type, trade_policy_id, minimum_quantity, begins_at, ends_at, series_number
        order by version_number
    )
),

compared as (
    select
        *,
        case when previous_valid_to = valid_from then lag(price_amount) over series end as previous_price_amount
    from spans
    window series as (
        partition by sku_id, price_type, trade_policy_id, minimum_quantity, begins_at, ends_at, series_number
        order by valid_from
    )
)

select
    md5(
        part(compared.sku_id) || part(price_type) || part(trade_policy_id) || part(minimum_quantity) || moment(begins_at)
        || moment(ends_at) || part(series_number)
    ) as price_series_id,
    compared.sku_id,
    versions.sku_key,
    price_type,
    trade_policy_id,
    'BRL' as currency_code,
    minimum_quantity,
    previous_price_amount,
    price_amount,
    (price_amount::decimal(38, 9) - previous_price_amount) * 100 / nullif(previous_price_amount, 0) as change_percent,
    list_price_amount,
    cost_price_amount,
    compared.valid_to is null as is_current,
    local_day(compared.valid_from) as changed_date,
    begins_at,
    ends_at,
    compared.valid_from,
    compared.valid_to
from compared
left join sku_versions as versions
    on compared.sku_id = versions.sku_id
    and compared.valid_from >= versions.valid_from
    and compared.valid_from < versions.valid_to;

create table fct_inventory_levels as
with levels as (
    select
        *,
        local_day(valid_from) as first_date,
        -- What holds when a day ends is its level.
        case
            when valid_to <= getvariable('as_of') then local_day(valid_to) - 1
            else local_day(getvariable('as_of'))
        end as last_date,
        local_day(getvariable('as_of')) - 89 as dense_from
    from stock_levels
    where valid_from <= getvariable('as_of')
),

days as (
    select
        *, unnest(generate_series(greatest(first_date, dense_from), last_date, interval 1 day))::date as inventory_date
    from levels
    union all
    -- Older days are kept where the level was stated.
    select *, first_date from levels
    where first_date < dense_from and first_date <= last_date
)

select
    days.sku_id,
    versions.sku_key,
    warehouse_id,
    total_units,
    reserved_units,
    greatest(total_units - reserved_units, 0) as available_units,
    is_unlimited,
    inventory_date
from days
left join sku_versions as versions
    on days.sku_id = versions.sku_id
    and days.inventory_date >= local_day(versions.valid_from)
    and days.inventory_date < local_day(versions.valid_to);

-- The storefront, and whose each event and visit was.
create table fct_storefront_events as
with activities as (select * from read_csv(getvariable('seeds') || '/storefront_activities.csv')),

by_device as (
    select visits.event_id, devices.customer_id
    from visits
    inner join device_customers as devices on visits.session_device_id = devices.device_id
    where
        visits.user_id is null
        and visits.occurred_at >= devices.valid_from
        and (visits.occurred_at < devices.valid_to or devices.valid_to is null)
),

lines as (select event_id, count(*) as line_count from cart_lines group by event_id),

named as (
    select
        events.*,
        document.params.items[1] as item,
        coalesce(
            activities.activity,
            case events.event_type when 'pageInfo' then coalesce(document.eventType, events.event_type) else events.event_type end
        ) as activity,
        activities.funnel_step,
        activities.cart_effect,
        coalesce(activities.cart_effect, '') <> 'whole'
        and coalesce(activities.activity, events.event_type) <> 'productImpression' as is_of_one_product
    from events
    left join activities
        on case events.event_type when 'pageInfo' then coalesce(document.eventType, events.event_type) else events.event_type end
        = activities.event_type
)

select
    event_id,
    events.source_session_id,
    md5(part(events.source_session_id) || moment(visits.started_at)) as session_id,
    coalesce(user_customers.customer_id, by_device.customer_id) as customer_id,
    case
        when is_of_one_product
            then coalesce(
                document.product.selectedSku.itemId, document.product.sku.itemId, item.item_variant, document.items[1].skuId
            )
    end as sku_id,
    case
        when is_of_one_product
            then coalesce(document.product.productId, item.item_id, document.items[1].productId, clicked_product_id)
    end as product_id,
    coalesce(document.orderGroup, document.params.transaction_id) as order_group_id,
    document.ordersInOrderGroup[1] as order_id,
    event_type,
    activity,
    funnel_step,
    cart_effect,
    case when is_of_nobody(trim(term)) then nullif(trim(term), '') end as search_term,
    pages.page_path,
    case
        when coalesce(referrer_host <> pages.page_host, true) then nullif(referrer_host, '')
    end as referrer_host,
    pages.utm_source,
    pages.utm_medium,
    pages.utm_campaign,
    agents.device_type,
    coalesce(document.currency, document.params.currency, 'BRL') as currency_code,
    coalesce(
        document.search.results, document.match, case when 'emptySearchView' in (event_type, document.eventType) then 0 end
    ) as result_count,
    case when cart_effect is not null then coalesce(lines.line_count, 0) end as line_count,
    case when activity = 'orderPlaced' then amount(coalesce(document.transactionTotal, document.params.value)) end
        as order_amount,
    coalesce(agents.is_bot, false) as is_bot,
    local_day(events.occurred_at) as occurred_date,
    events.occurred_at
from (
    select
        *,
        coalesce(document.search.term, document.text, document.params.search_term) as term,
        case
            when document.referrer <> ''
                then regexp_extract(document.referrer, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:@]+)', 1)
        end as referrer_host
    from named
) as events
inner join visits using (event_id)
left join user_customers using (user_id)
left join by_device using (event_id)
left join lines using (event_id)
left join pages using (page_url)
left join agents using (agent);

create table fct_cart_changes as
select
    event_id,
    line_number,
    events.customer_id,
    events.session_id,
    lines.sku_id,
    lines.product_id,
    events.activity,
    lines.currency_code,
    unit_count,
    unit_price_amount,
    is_whole_cart,
    events.is_bot,
    events.occurred_date,
    events.occurred_at
from cart_lines as lines
inner join fct_storefront_events as events using (event_id);

create table fct_sessions as
with visits as (
    select
        session_id,
        any_value(source_session_id) as source_session_id,
        arg_max(customer_id, (occurred_at, event_id)) filter (customer_id is not null) as customer_id,
        -- The first campaign of a visit; where it has none, the first page that led there.
        arg_min(
            {s: utm_source, m: utm_medium, c: utm_campaign, r: referrer_host},
            (coalesce(utm_source, utm_medium, utm_campaign) is null, occurred_at, event_id)
        ) filter (coalesce(utm_source, utm_medium, utm_campaign, referrer_host) is not null) as touch,
        arg_min(page_path, (occurred_at, event_id)) filter (page_path is not null) as landing_page_path,
        max(device_type) as device_type,
        count(*) as event_count,
        count(*) filter (activity = 'productView') as view_count,
        count(*) filter (activity = 'internalSiteSearchView') as search_count,
        count(*) filter (activity = 'addToCart') as cart_count,
        coalesce(max(case funnel_step when 'view' then 1 when 'cart' then 2 when 'checkout' then 3 when 'order' then 4 end), 0)
            as last_step,
        bool_or(is_bot) as is_bot,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at
    from fct_storefront_events
    group by session_id
),

orders as (
    select
        session_id,
        string_agg(distinct order_group_id, ',' order by order_group_id) as order_group_ids,
        count(distinct coalesce(order_group_id, event_id)) as order_count
    from fct_storefront_events
    where activity = 'orderPlaced'
    group by session_id
)

select
    session_id,
    source_session_id,
    customer_id,
    order_group_ids,
    case
        when regexp_matches(lower(touch.m), '^(?:cpc|ppc|paid[_ -]?search|sem|shopping)$') then 'paid search'
        when regexp_matches(lower(touch.m), 'paid[_ -]?social|social[_ -]?(?:paid|ads)') then 'paid social'
        when regexp_matches(lower(touch.m), '^(?:display|banner|cpm|retargeting|remarketing|programmatic)$') then 'display'
        when regexp_matches(lower(touch.m), 'e-?mail|newsletter') then 'email'
        when regexp_matches(lower(touch.m), 'whatsapp|^sms$|^push|^rcs$') then 'messages'
        when regexp_matches(lower(touch.m), 'affiliat|afiliad|^cps$|^partner') then 'affiliates'
        when regexp_matches(lower(touch.m), 'social') then 'social'
        when regexp_matches(lower(touch.m), '^organic$') then 'organic search'
        when regexp_matches(lower(touch.m), '^referral$') then 'referral'
        when coalesce(touch.s, touch.m, touch.c) is not null then 'other campaign'
        when regexp_matches(lower(touch.r), '(?:^|[.])(?:google|bing|yahoo|duckduckgo|ecosia|yandex|baidu)[.]')
            then 'organic search'
        when
            regexp_matches(
                lower(touch.r),
                '(?:^|[.])(?:(?:facebook|instagram|tiktok|youtube|pinterest|linkedin|twitter|x)[.]com|t[.]co)$'
            )
            then 'social'
        when touch.r is not null then 'referral'
        else 'direct'
    end as channel,
    touch.s as utm_source,
    touch.m as utm_medium,
    touch.c as utm_campaign,
    touch.r as referrer_host,
    landing_page_path,
    device_type,
    event_count,
    view_count,
    search_count,
    cart_count,
    coalesce(order_count, 0) as order_count,
    last_step >= 1 as has_viewed,
    last_step >= 2 as has_carted,
    last_step >= 3 as has_begun_checkout,
    last_step >= 4 as has_ordered,
    is_bot,
    local_day(started_at) as session_date,
    started_at,
    ended_at
from visits
left join orders using (session_id);
