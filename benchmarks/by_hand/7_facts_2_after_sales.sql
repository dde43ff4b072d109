-- What became of orders afterwards.
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
