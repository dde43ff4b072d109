-- The limit: the sales facts from the same raw files, as one script for one engine and one run. It reads each payload as
-- seldom as it can, keeps no history of documents, counts no message, tests nothing, and can go on from nothing.
-- It knows the documents as the models do: which are rejected, which one of an order counts, whose copy a copy is.
-- `raw` and `seeds` are variables: folders.

create macro utc(text) as
    try_cast(regexp_replace(text, '^(.{13}:[0-9]{2})([Z+-].*)?$', '\1:00\2') as timestamptz) at time zone 'UTC';
create macro local_day(utc_time) as cast(utc_time at time zone 'UTC' at time zone 'America/Sao_Paulo' as date);
create macro cents(value) as coalesce(try_cast(value as decimal(18, 9)), 0) * 0.01;
create macro total(totals, wanted) as coalesce(list_sum([cents(t.value) for t in totals if t.id = wanted]), 0);
-- DuckDB's parser takes trailing commas, NaN and Infinity, which are no JSON.
create macro is_document(data) as
    starts_with(data, '{')
    and json_valid(data)
    and not regexp_matches(data, ',[ \t\r\n]*[}\]]')
    and not regexp_matches(data, '[:,][ \t\r\n]*-?(?:NaN|nan|[iI]nf)');
create macro raw_files(name) as getvariable('raw') || '/landed/' || name || '/*/*/*.parquet';

-- Orders: which message is the newest of each, in narrow columns; then only those payloads are unfolded. What is parsed is
-- a table first: a filter on what a CTE parsed would parse it again for each of its conditions.
create temp table found_in_orders as
select
    message_id,
    landed_at,
    publish_time,
    case
        when starts_with(data, '{') and json_valid(data) then json_extract(
            data,
            ['$.orderId', '$.status', '$.creationDate', '$.lastChange', '$.value', '$.totals[0]', '$.items[0]']
        )
    end as found
from read_parquet(raw_files('vtex_orders'), hive_partitioning = false);

create temp table order_messages as
select
    message_id,
    landed_at,
    publish_time,
    found[1] ->> '$' as order_id,
    found[2] ->> '$' as status,
    utc(found[3] ->> '$') as created_at,
    utc(found[4] ->> '$') as changed_at
from found_in_orders
where
    json_type(found[1]) = 'VARCHAR'
    and found[2] is not null
    and regexp_matches(cast(found[5] as varchar), '^-?[0-9]')
    and found[6] is not null
    and found[7] is not null
    and created_at is not null
    and changed_at is not null;

create temp table newest_orders as
select message_id, landed_at, order_id, status, created_at, changed_at
from order_messages
qualify
    row_number() over (
        partition by order_id order by changed_at desc, publish_time desc, message_id desc, landed_at desc
    ) = 1;

create temp table orders as
select
    newest.* exclude (message_id, landed_at),
    from_json(
        messages.data,
        '{
            "orderGroup": "VARCHAR", "origin": "VARCHAR", "marketplaceOrderId": "VARCHAR", "sellerOrderId": "VARCHAR",
            "salesChannel": "VARCHAR", "checkedInPickupPointId": "VARCHAR", "value": "VARCHAR",
            "authorizedDate": "VARCHAR", "invoicedDate": "VARCHAR",
            "clientProfileData": {"userProfileId": "VARCHAR"},
            "storePreferencesData": {"currencyCode": "VARCHAR"},
            "shippingData": {
                "address": {"city": "VARCHAR", "state": "VARCHAR", "country": "VARCHAR"},
                "logisticsInfo": [{
                    "selectedDeliveryChannel": "VARCHAR", "deliveryChannel": "VARCHAR", "pickupPointId": "VARCHAR"
                }]
            },
            "totals": [{"id": "VARCHAR", "value": "VARCHAR"}],
            "items": [{
                "id": "VARCHAR", "seller": "VARCHAR", "quantity": "VARCHAR", "unitMultiplier": "VARCHAR",
                "price": "VARCHAR", "listPrice": "VARCHAR", "isGift": "VARCHAR",
                "priceTags": [{
                    "name": "VARCHAR", "value": "VARCHAR", "rawValue": "VARCHAR", "isPercentual": "BOOLEAN"
                }]
            }],
            "paymentData": {"transactions": [{
                "isActive": "VARCHAR",
                "payments": [{
                    "id": "VARCHAR", "paymentSystem": "VARCHAR", "group": "VARCHAR", "installments": "VARCHAR",
                    "value": "VARCHAR"
                }]
            }]}
        }'
    ) as document
from newest_orders as newest
inner join read_parquet(raw_files('vtex_orders'), hive_partitioning = false) as messages
    on newest.message_id = messages.message_id and newest.landed_at = messages.landed_at
-- A message can be in a batch twice.
qualify row_number() over (partition by newest.order_id) = 1;

create table fct_order_items as
with lines as (
    select
        order_id,
        document.storePreferencesData.currencyCode as currency_code,
        unnest(document.items) as line,
        generate_subscripts(document.items, 1) as line_number
    from orders
),

priced as (
    select
        *,
        coalesce(try_cast(line.quantity as decimal(15, 9)), 0) as unit_count,
        cast(
            cast(cents(line.price) * unit_count as decimal(38, 9))
            * coalesce(try_cast(line.unitMultiplier as decimal(10, 6)), 1) as decimal(38, 9)
        ) as exact_gross
    from lines
)

select
    order_id,
    line_number,
    line.id as sku_id,
    line.seller as seller_id,
    coalesce(currency_code, 'BRL') as currency_code,
    unit_count,
    cents(line.price) as unit_price_amount,
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
    coalesce(line.isGift = 'true', false) as is_gift
from priced;

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
    coalesce(payment.paymentSystem, 'unknown') as payment_method_id,
    coalesce(payment."group", 'unknown') as payment_method,
    coalesce(try_cast(payment.installments as bigint), 1) as installments,
    cents(payment.value) as paid_amount
from once;

-- Status changes: notifications, and what only a document shows, unless a notification is within five minutes.
create table fct_order_status_changes as
with events as (
    select
        coalesce(data ->> '$.OrderId', data ->> '$.orderId') as order_id,
        coalesce(data ->> '$.State', data ->> '$.state', data ->> '$.currentState') as status,
        utc(coalesce(data ->> '$.CurrentChange', data ->> '$.currentChange', data ->> '$.currentChangeDate'))
            as changed_at
    from read_parquet(raw_files('vtex_order_events'), hive_partitioning = false)
    where is_document(data)
),

told as (
    select distinct order_id, status, changed_at, changed_at as notified_at
    from events
    where order_id is not null and order_id not like '{%' and status is not null and changed_at is not null
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
    *,
    changed_at - lag(changed_at) over (partition by order_id order by changed_at, status) as time_in_previous
from preceded
where previous_status is distinct from status;

create table fct_orders as
with copies as (
    select
        order_id,
        document.marketplaceOrderId as marketplace_order_id,
        document.sellerOrderId as seller_order_id,
        coalesce(document.origin, 'Marketplace') as origin
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

statuses as (
    select * from read_csv(getvariable('seeds') || '/order_statuses.csv')
),

milestones as (
    select
        changes.order_id,
        min(changes.changed_at) filter (statuses.status_group in ('approved', 'handling', 'invoiced'))
            as first_approved_at,
        max(changes.changed_at) filter (changes.status = 'canceled') as last_cancelled_at
    from fct_order_status_changes as changes
    left join statuses using (status)
    group by changes.order_id
),

authorized as (
    select order_id, utc(document.authorizedDate) as authorized_at from orders
),

lines as (
    select order_id, count(*) as line_count, sum(unit_count) as unit_count
    from fct_order_items
    group by order_id
)

select
    orders.order_id,
    document.orderGroup as order_group_id,
    counted.sale_id,
    document.clientProfileData.userProfileId as customer_id,
    document.salesChannel as sales_channel_id,
    coalesce(
        document.checkedInPickupPointId,
        list_min([
            delivery.pickupPointId for delivery in document.shippingData.logisticsInfo
            if coalesce(delivery.selectedDeliveryChannel, delivery.deliveryChannel) = 'pickup-in-point'
        ])
    ) as store_id,
    document.origin,
    orders.status,
    case when orders.status is null then 'created' else coalesce(statuses.status_group, 'unknown') end as status_group,
    document.shippingData.address.city as delivery_city,
    document.shippingData.address.state as delivery_state,
    coalesce(document.storePreferencesData.currencyCode, 'BRL') as currency_code,
    coalesce(lines.line_count, 0) as line_count,
    coalesce(lines.unit_count, 0) as unit_count,
    total(document.totals, 'Items') as items_amount,
    -total(document.totals, 'Discounts') as discounts_amount,
    total(document.totals, 'Shipping') as shipping_amount,
    total(document.totals, 'Tax') as tax_amount,
    cents(document.value) as total_amount,
    coalesce(orders.status = 'canceled', false) as is_cancelled,
    counted.is_counted,
    coalesce(authorized.authorized_at, milestones.first_approved_at) as paid_at,
    not is_cancelled and paid_at is not null and counted.is_counted as is_revenue,
    local_day(orders.created_at) as order_date,
    orders.created_at as ordered_at,
    utc(document.invoicedDate) as invoiced_at,
    case when is_cancelled then milestones.last_cancelled_at end as cancelled_at,
    orders.changed_at
from orders
inner join counted using (order_id)
left join statuses using (status)
left join milestones using (order_id)
left join authorized using (order_id)
left join lines using (order_id);

-- Receipts: the newest document of each, unless one of its lines cannot be used.
create temp table parsed_receipts as
select
    message_id,
    publish_time,
    from_json(
        case when is_document(data) then data end,
        '{
            "timestamp": "VARCHAR",
            "cupom": {
                "id": "JSON", "loja": {"id": "JSON"}, "operador": {"id": "VARCHAR"}, "cliente": {"id": "VARCHAR"},
                "itens": [{
                    "sequencia": "JSON", "produto_id": "JSON", "quantidade": "JSON", "valor_unitario": "VARCHAR",
                    "valor_bruto": "VARCHAR", "desconto": "VARCHAR", "desconto_cupom": "VARCHAR",
                    "valor_total": "JSON"
                }],
                "pagamentos": [{"tipo": "VARCHAR", "valor": "VARCHAR"}],
                "valor_total": "JSON"
            }
        }'
    ) as document
from read_parquet(raw_files('pos_receipts'), hive_partitioning = false);

create temp table receipts as
select
    document.cupom.id ->> '$' as receipt_id,
    document.cupom.loja.id ->> '$' as store_id,
    document.cupom.operador.id as operator_id,
    document.cupom.cliente.id as customer_id,
    cast(document.cupom.valor_total as decimal(18, 9)) as total_amount,
    cast(left(document.timestamp, 10) as date) as sale_date,
    utc(document.timestamp) as sold_at,
    document.cupom.itens as lines,
    document.cupom.pagamentos as payments
from parsed_receipts
where
    json_type(document.cupom.id) = 'VARCHAR'
    and json_type(document.cupom.loja.id) = 'VARCHAR'
    and regexp_matches(cast(document.cupom.valor_total as varchar), '^-?[0-9]')
    and document.cupom.itens is not null
    and utc(document.timestamp) is not null
    and not coalesce(
        list_bool_or([
            coalesce(json_type(line.sequencia), '') not in ('UBIGINT', 'BIGINT')
            or coalesce(json_type(line.produto_id), '') <> 'VARCHAR'
            or coalesce(json_type(line.quantidade), '') not in ('UBIGINT', 'BIGINT', 'DOUBLE')
            or coalesce(json_type(line.valor_total), '') not in ('UBIGINT', 'BIGINT', 'DOUBLE')
            for line in document.cupom.itens
        ]), false
    )
qualify row_number() over (partition by receipt_id order by sold_at desc, publish_time desc, message_id desc) = 1;

create table fct_receipt_items as
with lines as (
    select
        * exclude (lines, payments),
        unnest(lines) as line,
        generate_subscripts(lines, 1) as line_number
    from receipts
)

select
    receipt_id,
    line_number,
    line.produto_id ->> '$' as till_product_id,
    store_id,
    customer_id,
    sale_date,
    sold_at,
    cast(line.quantidade as decimal(18, 9)) as unit_count,
    coalesce(try_cast(line.desconto as decimal(18, 9)), 0) as discount_amount,
    coalesce(try_cast(line.desconto_cupom as decimal(18, 9)), 0) as coupon_amount,
    cast(line.valor_total as decimal(18, 9)) as line_amount,
    coalesce(try_cast(line.valor_bruto as decimal(18, 9)), line_amount + discount_amount + coupon_amount)
        as gross_amount
from lines;

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
    payment.tipo as payment_method,
    coalesce(try_cast(payment.valor as decimal(18, 9)), 0) as paid_amount,
    store_id,
    sale_date
from payments;

create table fct_receipts as
with lines as (
    select
        receipt_id,
        count(*) as line_count,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(coupon_amount) as coupon_amount,
        sum(line_amount) as lines_amount
    from fct_receipt_items
    group by receipt_id
)

select receipts.* exclude (lines, payments), lines.* exclude (receipt_id)
from receipts
left join lines using (receipt_id);

create table fct_sales as
select
    items.order_id as sale_id,
    items.line_number,
    'web' as channel,
    orders.customer_id,
    items.sku_id,
    orders.store_id,
    items.unit_count,
    items.gross_amount,
    items.gross_amount - items.line_amount as discount_amount,
    items.line_amount as net_amount,
    orders.order_date as sale_date,
    orders.ordered_at as sold_at
from fct_order_items as items
inner join fct_orders as orders using (order_id)
where orders.is_revenue
union all
select
    receipt_id,
    line_number,
    'store',
    customer_id,
    'pos:' || till_product_id,
    store_id,
    unit_count,
    gross_amount,
    gross_amount - line_amount,
    line_amount,
    sale_date,
    sold_at
from fct_receipt_items;

create table agg_daily_sales as
select
    channel,
    store_id,
    sale_date,
    count(distinct sale_id) as order_count,
    sum(unit_count) as unit_count,
    sum(gross_amount) as gross_amount,
    sum(discount_amount) as discount_amount,
    sum(net_amount) as net_amount
from fct_sales
group by all;

create table agg_daily_skus as
select sku_id, sale_date, count(distinct sale_id) as order_count, sum(unit_count) as unit_count, sum(net_amount) as net_amount
from fct_sales
group by all;

-- The storefront: each event once, and visits that thirty idle minutes end.
create temp table found_in_events as
select
    message_id,
    publish_time,
    coalesce(nullif(attributes ->> '$.event_id', ''), md5(data)) as event_id,
    case
        when is_document(data)
            then json_extract(
                data,
                [
                    '$.event', '$.eventName', '$.type', '$.session', '$.sessionId', '$.timestamp', '$.product',
                    '$.product.productId', '$.params.items[0].item_id', '$.items[0].productId', '$.productId',
                    '$.product.selectedSku.itemId', '$.product.sku.itemId', '$.params.items[0].item_variant',
                    '$.items[0].skuId', '$.skuId', '$.search.term', '$.term', '$.text', '$.params.search_term',
                    '$.params.term', '$.orderGroup', '$.transactionId', '$.params.transaction_id',
                    '$.order.transactionId', '$.order', '$.transactionTotal', '$.params.value', '$.pageUrl', '$.url',
                    '$.params.url', '$.params.page_location', '$.userAgent', '$.agent', '$.params', '$.name',
                    '$.eventType'
                ]
            )
    end as found
from read_parquet(raw_files('storefront_events'), hive_partitioning = false);

create table fct_storefront_events as
with typed as (
    select
        *,
        regexp_replace(
            case
                when found[1] ->> '$' <> '' then found[1] ->> '$'
                when found[2] ->> '$' <> '' then found[2] ->> '$'
                when found[3] ->> '$' <> '' then found[3] ->> '$'
                when found[35] like '{%' then found[36] ->> '$'
            end, '^vtex:', ''
        ) as event_type,
        coalesce(found[4] ->> '$', found[5] ->> '$') as source_session_id,
        utc(found[6] ->> '$') as occurred_at
    from found_in_events
),

newest as (
    select * from typed
    where
        event_type is not null
        and coalesce(json_type(found[5]), json_type(found[4])) = 'VARCHAR'
        and json_type(found[6]) = 'VARCHAR'
        and source_session_id <> ''
        and occurred_at is not null
        and (event_type <> 'productView' or found[7] like '{%')
    qualify row_number() over (partition by event_id order by occurred_at desc, publish_time desc, message_id desc) = 1
),

named as (
    select newest.* exclude (found), activities.* exclude (event_type),
        coalesce(found[12], found[13], found[14], found[15], found[16]) ->> '$' as sku_id,
        coalesce(found[8], found[9], found[10], found[11]) ->> '$' as product_id,
        coalesce(found[17], found[18], found[19], found[20], found[21]) ->> '$' as search_term,
        coalesce(found[22], found[23], found[24], found[25], found[26]) ->> '$' as order_group_id,
        coalesce(found[27], found[28]) ->> '$' as order_amount,
        regexp_extract(coalesce(found[29], found[30], found[31], found[32]) ->> '$', '^(?:[a-z]+://[^/?#]*)?([^?#]*)', 1)
            as page_path,
        case when lower(coalesce(found[33], found[34]) ->> '$') like '%mobi%' then 'mobile' else 'desktop' end
            as device_type
    from newest
    left join read_csv(getvariable('seeds') || '/storefront_activities.csv') as activities
        on case when newest.event_type = 'pageInfo' then coalesce(found[37] ->> '$', 'pageInfo') else newest.event_type end
        = activities.event_type
),

idle as (
    select
        *,
        occurred_at - lag(occurred_at) over (partition by source_session_id order by occurred_at, event_id) as idle_time
    from named
)

select
    * exclude (idle_time),
    count(*) filter (idle_time > interval 30 minute) over (
        partition by source_session_id order by occurred_at, event_id
        rows between unbounded preceding and current row
    ) as visit_number,
    local_day(occurred_at) as occurred_date
from idle;

create table fct_sessions as
select
    source_session_id,
    visit_number,
    max(device_type) as device_type,
    count(*) as event_count,
    count(*) filter (activity = 'productView') as view_count,
    count(*) filter (activity = 'internalSiteSearchView') as search_count,
    count(*) filter (activity = 'addToCart') as cart_count,
    count(distinct case when activity = 'orderPlaced' then coalesce(order_group_id, event_id) end) as order_count,
    arg_min(page_path, occurred_at) as landing_path,
    min(occurred_at) as started_at,
    max(occurred_at) as ended_at
from fct_storefront_events
group by source_session_id, visit_number;
