-- Which message of each order is the newest, in narrow columns; then only those payloads are unfolded. What is parsed is a
-- table first: a filter on what a CTE parsed would parse it again for each of its conditions.
create temp table found_in_orders as
select
    message_id,
    published_at,
    try(json_extract(
        case when starts_with(data, '{') then data end,
        [
            '$.orderId', '$.status', '$.creationDate', '$.lastChange', '$.value', '$.totals[0]', '$.items[0]',
            '$.authorizedDate'
        ]
    )) as found
from documents_of('vtex_orders');

create temp table order_messages as
select
    message_id,
    published_at,
    found[1] ->> '$' as order_id,
    found[2] ->> '$' as status,
    utc(found[3] ->> '$') as created_at,
    utc(found[4] ->> '$') as changed_at,
    utc(found[8] ->> '$') as authorized_at
from found_in_orders
where
    json_type(found[1]) = 'VARCHAR'
    and found[2] is not null
    and regexp_matches(cast(found[5] as varchar), '^-?[0-9]')
    and found[6] is not null
    and found[7] is not null
    and created_at is not null
    and changed_at is not null;
drop table found_in_orders;

create temp table newest_orders as
select message_id, order_id, status, created_at, changed_at, min(authorized_at) over (partition by order_id) as authorized_at
from order_messages
qualify row_number() over (partition by order_id order by changed_at desc, published_at desc, message_id desc) = 1;

create temp table orders as
select
    newest.* exclude (message_id),
    from_json(
        messages.data,
        '{
            "orderGroup": "VARCHAR", "origin": "VARCHAR", "marketplaceOrderId": "VARCHAR", "sellerOrderId": "VARCHAR",
            "affiliateId": "VARCHAR", "salesChannel": "VARCHAR", "checkedInPickupPointId": "VARCHAR", "value": "VARCHAR",
            "invoicedDate": "VARCHAR", "cancellationData": {"CancellationDate": "VARCHAR"}, "subscriptionData": "JSON",
            "clientProfileData": {
                "userProfileId": "VARCHAR", "document": "VARCHAR", "email": "VARCHAR", "phone": "VARCHAR"
            },
            "marketingData": {
                "coupon": "VARCHAR", "utmSource": "VARCHAR", "utmMedium": "VARCHAR", "utmCampaign": "VARCHAR",
                "utmiCampaign": "VARCHAR"
            },
            "openTextField": {"value": "VARCHAR"},
            "storePreferencesData": {"currencyCode": "VARCHAR"},
            "shippingData": {
                "address": {"city": "VARCHAR", "state": "VARCHAR", "country": "VARCHAR", "postalCode": "VARCHAR"},
                "logisticsInfo": [{
                    "itemIndex": "BIGINT", "selectedDeliveryChannel": "VARCHAR", "deliveryChannel": "VARCHAR",
                    "deliveryCompany": "VARCHAR", "pickupPointId": "VARCHAR", "shippingEstimateDate": "VARCHAR",
                    "deliveryWindow": {"endDateUtc": "VARCHAR"}
                }]
            },
            "packageAttachment": {"packages": [{
                "type": "VARCHAR", "courier": "VARCHAR", "invoiceNumber": "VARCHAR", "invoiceValue": "VARCHAR",
                "issuanceDate": "VARCHAR", "courierStatus": {"finished": "BOOLEAN", "deliveredDate": "VARCHAR"},
                "items": [{"itemIndex": "BIGINT", "quantity": "VARCHAR", "price": "VARCHAR"}]
            }]},
            "ratesAndBenefitsData": {"rateAndBenefitsIdentifiers": [{"id": "VARCHAR", "name": "VARCHAR"}]},
            "changesAttachment": {"changesData": [{
                "discountValue": "VARCHAR", "incrementValue": "VARCHAR", "itemsAdded": [{"quantity": "VARCHAR"}],
                "itemsRemoved": [{"quantity": "VARCHAR"}], "receipt": {"date": "VARCHAR"}
            }]},
            "totals": [{"id": "VARCHAR", "value": "VARCHAR"}],
            "items": [{
                "uniqueId": "VARCHAR", "id": "VARCHAR", "productId": "VARCHAR", "name": "VARCHAR", "seller": "VARCHAR",
                "measurementUnit": "VARCHAR", "quantity": "VARCHAR", "unitMultiplier": "VARCHAR", "price": "VARCHAR",
                "listPrice": "VARCHAR", "isGift": "BOOLEAN", "attachments": [{"name": "VARCHAR"}],
                "priceTags": [{
                    "name": "VARCHAR", "identifier": "VARCHAR", "value": "VARCHAR", "rawValue": "VARCHAR",
                    "isPercentual": "BOOLEAN"
                }],
                "components": [{"id": "VARCHAR", "productId": "VARCHAR", "quantity": "VARCHAR", "price": "VARCHAR"}],
                "bundleItems": [{"id": "VARCHAR", "name": "VARCHAR", "quantity": "VARCHAR", "price": "VARCHAR"}]
            }],
            "paymentData": {"transactions": [{
                "isActive": "VARCHAR",
                "payments": [{
                    "id": "VARCHAR", "paymentSystem": "VARCHAR", "group": "VARCHAR", "giftCardProvider": "VARCHAR",
                    "installments": "VARCHAR", "value": "VARCHAR"
                }]
            }]}
        }'
    ) as document
from newest_orders as newest
inner join documents_of('vtex_orders') as messages using (message_id)
-- A message can be landed twice.
qualify row_number() over (partition by newest.order_id) = 1;

create temp table order_lines as
with lines as (
    select
        order_id,
        unnest(document.items) as line,
        generate_subscripts(document.items, 1) as line_number
    from orders
),

counted as (
    select
        order_id,
        line_number,
        line,
        units(line.quantity) as unit_count,
        coalesce(try_cast(line.unitMultiplier as decimal(10, 6)), 1) as multiplier,
        cents(line.price) as unit_price_amount
    from lines
)

select
    *,
    cast(cast(unit_price_amount * unit_count as decimal(38, 9)) * multiplier as decimal(38, 9)) as exact_gross
from counted;

create temp table order_packages as
with packages as (
    select
        order_id,
        unnest(document.packageAttachment.packages) as package,
        generate_subscripts(document.packageAttachment.packages, 1) as package_number
    from orders
)

select
    order_id,
    package_number,
    package.invoiceNumber as invoice_number,
    coalesce(lower(package.type) = 'input', false) as is_return,
    trim(package.courier) as carrier,
    package.items,
    cents(package.invoiceValue) as invoice_amount,
    package.courierStatus.finished is not null as is_tracked,
    coalesce(package.courierStatus.finished, false) as is_delivered,
    utc(package.issuanceDate) as issued_at,
    case
        when package.courierStatus.finished and utc(package.courierStatus.deliveredDate) >= beginning()
            then utc(package.courierStatus.deliveredDate)
    end as delivered_at
from packages;

create temp table package_items as
with items as (
    select
        order_id,
        package_number,
        is_return,
        unnest(items) as item,
        generate_subscripts(items, 1) as package_line_number
    from order_packages
)

select
    order_id,
    package_number,
    package_line_number,
    is_return,
    item.itemIndex + 1 as line_number,
    units(item.quantity) as unit_count,
    cents(item.price) as unit_price_amount
from items;

create temp table order_deliveries as
with deliveries as (
    select
        order_id,
        unnest(document.shippingData.logisticsInfo) as delivery,
        generate_subscripts(document.shippingData.logisticsInfo, 1) as place
    from orders
)

select
    order_id,
    coalesce(delivery.itemIndex + 1, place) as line_number,
    coalesce(delivery.selectedDeliveryChannel, delivery.deliveryChannel) as delivery_channel,
    trim(nullif(delivery.deliveryCompany, '')) as delivery_company,
    case
        when coalesce(delivery.selectedDeliveryChannel, delivery.deliveryChannel) = 'pickup-in-point'
            then delivery.pickupPointId
    end as pickup_point_id,
    utc(coalesce(delivery.deliveryWindow.endDateUtc, delivery.shippingEstimateDate)) as promised_at
from deliveries
qualify row_number() over (partition by order_id, line_number order by place) = 1;

-- Notifications, and what only a document shows, unless a notification is within five minutes.
create temp table found_in_order_events as
select
    try(json_extract(
        case when starts_with(data, '{') and is_strict(data) then data end,
        [
            '$.OrderId', '$.orderId', '$.State', '$.state', '$.currentState', '$.CurrentChange', '$.currentChange',
            '$.currentChangeDate'
        ]
    )) as found
from documents_of('vtex_order_events');

create table fct_order_status_changes as
with events as (
    select
        coalesce(found[1], found[2]) ->> '$' as order_id,
        coalesce(found[3], found[4], found[5]) ->> '$' as status,
        utc(coalesce(found[6], found[7], found[8]) ->> '$') as changed_at
    from found_in_order_events
),

told as (
    select distinct order_id, status, changed_at, changed_at as notified_at
    from events
    where order_id not like '{%' and status is not null and changed_at is not null
    union all
    select distinct order_id, status, changed_at, null
    from order_messages
    where status is not null
),

neighboured as (
    select
        *,
        max(notified_at) over (
            partition by order_id, status order by changed_at rows between unbounded preceding and current row
        ) as before,
        min(notified_at) over (
            partition by order_id, status order by changed_at rows between current row and unbounded following
        ) as after
    from told
),

reported as (
    select distinct order_id, status, changed_at
    from neighboured
    where
        notified_at is not null
        or coalesce(changed_at - before >= interval 5 minute, true)
        and coalesce(after - changed_at >= interval 5 minute, true)
),

preceded as (
    select *, lag(status) over (partition by order_id order by changed_at, status) as previous_status
    from reported
)

select
    md5(part(order_id) || part(status) || moment(changed_at)) as order_status_change_id,
    *,
    minutes(lag(changed_at) over (partition by order_id order by changed_at, status), changed_at) as minutes_in_previous
from preceded
where previous_status is distinct from status;
drop table found_in_order_events;
drop table order_messages;
