{#- Figures of the marts against the source documents, and of aggregates against facts, to the cent. -#}
{%- set source_checks = {
    "orders": ("count(*)", "count(*)"),
    "cancelled orders": ("count(case when status = 'canceled' then 1 end)", "count(case when is_cancelled then 1 end)"),
    "order lines": ("sum(line_count)", "sum(line_count)"),
    "units": ("sum(unit_count)", "sum(unit_count)"),
    "items amount": ("sum(items_amount)", "sum(items_amount)"),
    "discounts amount": ("-sum(discounts_amount)", "sum(discounts_amount)"),
    "shipping amount": ("sum(shipping_amount)", "sum(shipping_amount)"),
    "tax amount": ("sum(tax_amount)", "sum(tax_amount)"),
    "total amount": ("sum(total_amount)", "sum(total_amount)"),
} -%}
{%- set fact_checks = {
    "discounts of promotion uses": (
        ("sum(discount_amount)", ref("fct_order_items")),
        ("sum(case when kind = 'item' then discount_amount end)", ref("fct_promotion_uses")),
    ),
    "shipments of fulfilment": (
        (
            "count(case when is_counted and not is_return and promised_date is not null then 1 end)",
            ref("fct_shipments"),
        ),
        ("sum(shipment_count)", ref("agg_fulfilment")),
    ),
    "lines of orders": (("sum(line_count)", ref("fct_orders")), ("count(*)", ref("fct_order_items"))),
    "units of orders": (("sum(unit_count)", ref("fct_orders")), ("sum(unit_count)", ref("fct_order_items"))),
    "amount of sales": (
        ("sum(case when is_revenue then line_amount end)", ref("fct_order_items")),
        ("sum(case when channel = 'web' then net_amount end)", ref("fct_sales")),
    ),
    "net amount of days": (("sum(net_amount)", ref("fct_sales")), ("sum(net_amount)", ref("agg_daily_sales"))),
    "gross less discount of days": (
        ("sum(net_amount)", ref("fct_sales")), ("sum(gross_amount - discount_amount)", ref("agg_daily_sales"))
    ),
    "units of days": (("sum(unit_count)", ref("fct_sales")), ("sum(unit_count)", ref("agg_daily_sales"))),
    "net amount of customers": (
        ("sum(case when customer_id is not null then net_amount end)", ref("fct_sales")),
        ("sum(net_amount)", ref("agg_customers")),
    ),
    "orders of customers": (
        ("count(distinct case when customer_id is not null then channel || ':' || sale_id end)", ref("fct_sales")),
        ("sum(order_count)", ref("agg_customers")),
    ),
    "net amount of days of SKUs": (("sum(net_amount)", ref("fct_sales")), ("sum(net_amount)", ref("agg_daily_skus"))),
    "refunds of days of SKUs": (
        ("sum(case when is_refunded and is_revenue then returned_amount end)", ref("fct_returns")),
        ("sum(returned_amount)", ref("agg_daily_skus")),
    ),
    "net amount of days of stores": (
        ("sum(case when store_id is not null then net_amount end)", ref("fct_sales")),
        ("sum(net_amount)", ref("agg_store_days")),
    ),
    "lines of receipts": (("sum(line_count)", ref("fct_receipts")), ("count(*)", ref("fct_receipt_items"))),
    "amount of receipts in sales": (
        ("sum(lines_amount)", ref("fct_receipts")),
        ("sum(case when channel = 'store' then net_amount end)", ref("fct_sales")),
    ),
    "redemptions of campaigns": (
        ("count(*)", ref("fct_coupon_redemptions")),
        ("sum(case when attribution = 'shop campaign' then use_count end)", ref("agg_campaigns")),
    ),
    "coupon discounts of campaigns": (
        ("sum(discount_amount)", ref("fct_coupon_redemptions")),
        ("sum(case when attribution = 'shop campaign' then discount_amount end)", ref("agg_campaigns")),
    ),
    "net amount of campaigns": (
        ("sum(case when channel = 'web' then net_amount end)", ref("fct_sales")),
        ("sum(case when attribution = 'last touch' then net_amount end)", ref("agg_campaigns")),
    ),
    "discounts of campaigns": (
        ("sum(case when is_revenue then discount_amount end)", ref("fct_promotion_uses")),
        ("sum(case when attribution = 'promotion' then discount_amount end)", ref("agg_campaigns")),
    ),
    "events of sessions": (("count(*)", ref("fct_storefront_events")), ("sum(event_count)", ref("fct_sessions"))),
    "lines of events": (("sum(line_count)", ref("fct_storefront_events")), ("count(*)", ref("fct_cart_changes"))),
    "sessions of days": (
        ("count(case when not is_bot then 1 end)", ref("fct_sessions")), ("sum(session_count)", ref("agg_daily_funnel"))
    ),
    "sessions with orders of days": (
        ("count(case when order_count > 0 and not is_bot then 1 end)", ref("fct_sessions")),
        ("sum(ordered_session_count)", ref("agg_daily_funnel")),
    ),
    "net amount of cohorts": (
        ("sum(net_amount)", ref("agg_customers")), ("sum(net_amount)", ref("agg_monthly_cohorts"))
    ),
} -%}

with

source_orders as (

    -- The newest document of each order, among those that were not rejected.
    select documents.*
    from {{ ref("source_orders") }} as documents
    left join {{ ref("rejected_messages") }} as rejected
        on
            documents.message_id = rejected.message_id
            and rejected.contract = 'vtex.order'
    where rejected.message_id is null
    qualify
        row_number() over (
            partition by documents.order_id
            order by documents.changed_at desc, documents.published_at desc, documents.message_id desc
        ) = 1

),

source_returns as (

    select documents.*
    from {{ ref("source_returns") }} as documents
    left join {{ ref("rejected_messages") }} as rejected
        on
            documents.message_id = rejected.message_id
            and rejected.contract = 'vtex.return'
    where rejected.message_id is null
    qualify
        row_number() over (
            partition by documents.return_id order by documents.published_at desc, documents.message_id desc
        ) = 1

),

source_events as (

    -- The newest message of each event, and whether it ends a visit.
    select
        *,
        coalesce(
            {{ epoch_micros("lead(changed_at) over (partition by source_session_id order by changed_at, event_id)") }}
            > {{ epoch_micros("changed_at") }} + 1800000000,
            true
        ) as is_last
    from (
        select documents.*
        from {{ ref("source_storefront_events") }} as documents
        left join {{ ref("rejected_messages") }} as rejected
            on
                documents.message_id = rejected.message_id
                and rejected.contract = 'storefront.event'
        where rejected.message_id is null
        qualify
            row_number() over (
                partition by documents.event_id
                order by documents.changed_at desc, documents.published_at desc, documents.message_id desc
            ) = 1
    ) as newest

),

source_receipts as (

    select documents.*
    from {{ ref("source_receipts") }} as documents
    left join {{ ref("rejected_messages") }} as rejected
        on
            documents.message_id = rejected.message_id
            and rejected.contract = 'pos.receipt'
    where rejected.message_id is null
    qualify
        row_number() over (
            partition by documents.receipt_id
            order by documents.sold_at desc, documents.published_at desc, documents.message_id desc
        ) = 1

),

orders as (

    select * from {{ ref("fct_orders") }}

),

checks as (

    {% for name, (expected, actual) in source_checks.items() %}
    select
        '{{ name }} against the source' as check_name,
        cast((select {{ expected }} from source_orders) as numeric(38, 9)) as expected,
        cast((select {{ actual }} from orders) as numeric(38, 9)) as actual
    union all
    {% endfor %}
    {% for name, (expected, fact, actual) in {
        "line amount": ("sum(line_amount)", ref("fct_order_items"), "sum(line_amount)"),
        "services amount": ("sum(service_amount)", ref("fct_order_services"), "sum(service_amount)"),
        "shipments": ("sum(package_count)", ref("fct_shipments"), "count(*)"),
        "invoiced amount": ("sum(invoice_amount)", ref("fct_shipments"), "sum(invoice_amount)"),
        "payments": ("sum(payment_count)", ref("fct_order_payments"), "count(*)"),
        "paid amount": ("sum(paid_amount)", ref("fct_order_payments"), "sum(paid_amount)"),
    }.items() %}
    select
        '{{ name }} against the source' as check_name,
        cast((select {{ expected }} from source_orders) as numeric(38, 9)) as expected,
        cast((select {{ actual }} from {{ fact }}) as numeric(38, 9)) as actual
    union all
    {% endfor %}
    {% for name, (expected, fact, actual) in {
        "storefront events": ("count(*)", ref("fct_storefront_events"), "count(*)"),
        "product views": (
            "count(case when is_view then 1 end)", ref("fct_storefront_events"),
            "count(case when activity = 'productView' then 1 end)",
        ),
        "source sessions": (
            "count(distinct source_session_id)", ref("fct_storefront_events"), "count(distinct source_session_id)",
        ),
        "sessions": ("count(case when is_last then 1 end)", ref("fct_sessions"), "count(*)"),
        "amount of placed orders": (
            "sum(case when is_order then order_amount end)", ref("fct_storefront_events"), "sum(order_amount)",
        ),
        "units of carts": ("sum(unit_count)", ref("fct_cart_changes"), "sum(unit_count)"),
    }.items() %}
    select
        '{{ name }} against the source' as check_name,
        cast((select {{ expected }} from source_events) as numeric(38, 9)) as expected,
        cast((select {{ actual }} from {{ fact }}) as numeric(38, 9)) as actual
    union all
    {% endfor %}
    {% for name, (expected, fact, actual) in {
        "receipts": ("count(*)", ref("fct_receipts"), "count(*)"),
        "receipts with a customer": (
            "count(case when has_till_customer then 1 end)",
            ref("fct_receipts") ~ " inner join source_receipts using (receipt_id) where has_till_customer",
            "count(customer_id)",
        ),
        "days of tills": (
            "count(distinct store_id || ' ' || written_date)", ref("fct_receipts"),
            "count(distinct store_id || ' ' || cast(sale_date as " ~ dbt.type_string() ~ "))",
        ),
        "amount of receipts": ("sum(total_amount)", ref("fct_receipts"), "sum(total_amount)"),
        "lines of receipts": ("sum(line_count)", ref("fct_receipt_items"), "count(*)"),
        "units of receipts": ("sum(unit_count)", ref("fct_receipt_items"), "sum(unit_count)"),
        "gross amount of receipts": ("sum(gross_amount)", ref("fct_receipt_items"), "sum(gross_amount)"),
        "discounts of receipts": ("sum(discount_amount)", ref("fct_receipt_items"), "sum(discount_amount)"),
        "coupons of receipts": ("sum(coupon_amount)", ref("fct_receipt_items"), "sum(coupon_amount)"),
        "line amount of receipts": ("sum(line_amount)", ref("fct_receipt_items"), "sum(line_amount)"),
        "payments of receipts": ("sum(payment_count)", ref("fct_receipt_payments"), "count(*)"),
        "paid amount of receipts": ("sum(paid_amount)", ref("fct_receipt_payments"), "sum(paid_amount)"),
    }.items() %}
    select
        '{{ name }} against the source' as check_name,
        cast((select {{ expected }} from source_receipts) as numeric(38, 9)) as expected,
        cast((select {{ actual }} from {{ fact }}) as numeric(38, 9)) as actual
    union all
    {% endfor %}
    select
        'redemptions against the source' as check_name,
        cast(
            (
                select count(distinct documents.redemption_id)
                from {{ ref("source_redemptions") }} as documents
                left join {{ ref("rejected_messages") }} as rejected
                    on
                        documents.message_id = rejected.message_id
                        and rejected.contract = 'marketing.coupon_redemption'
                where rejected.message_id is null
            ) as numeric(38, 9)
        ) as expected,
        cast((select count(*) from {{ ref("fct_coupon_redemptions") }}) as numeric(38, 9)) as actual
    union all
    select
        'returned amount against the source' as check_name,
        cast((select sum(returned_amount) from source_returns) as numeric(38, 9)) as expected,
        cast(
            (select sum(case when return_type = 'request' then returned_amount end) from {{ ref("fct_returns") }})
            as numeric(38, 9)
        ) as actual
    union all
    {% for name, ((expected, expected_from), (actual, actual_from)) in fact_checks.items() %}
    select
        '{{ name }}' as check_name,
        cast((select {{ expected }} from {{ expected_from }}) as numeric(38, 9)) as expected,
        cast((select {{ actual }} from {{ actual_from }}) as numeric(38, 9)) as actual
    {{ "union all" if not loop.last }}
    {% endfor %}

),

final as (

    select
        check_name,
        coalesce(expected, 0) as expected,
        coalesce(actual, 0) as actual,
        coalesce(actual, 0) - coalesce(expected, 0) as difference,
        abs(coalesce(actual, 0) - coalesce(expected, 0)) < 0.005 as is_ok
    from checks

)

select * from final
