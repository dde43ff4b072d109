{{ config(partition_by=partitioned_by("refund_date", "date", "month"), cluster_by=["order_id"]) }}

with

returns as (

    select * from {{ ref("cleansed_returns") }}
    where is_current

),

return_items as (

    select * from {{ ref("cleansed_return_items") }}

),

first_refunds as (

    select
        return_id,
        min(changed_at) as refunded_at
    from {{ ref("cleansed_return_statuses") }}
    where status = 'amountRefunded'
    group by return_id

),

first_versions as (

    select
        return_id,
        min(valid_from) as refunded_at
    from {{ ref("cleansed_returns") }}
    where status = 'amountRefunded'
    group by return_id

),

packages as (

    select * from {{ ref("cleansed_order_packages") }}
    where is_return

),

package_items as (

    select * from {{ ref("cleansed_order_package_items") }}

),

order_items as (

    select * from {{ ref("fct_order_items") }}

),

orders as (

    select * from {{ ref("fct_orders") }}

),

requested as (

    -- Nothing is returned until the money went back; what was denied or cancelled never is.
    select
        returns.return_id,
        return_items.return_line_number,
        returns.order_id,
        return_items.line_number as order_line_number,
        return_items.sku_id,
        'request' as return_type,
        returns.status,
        return_items.reason,
        returns.refund_method,
        returns.currency_code,
        return_items.requested_unit_count,
        return_items.requested_amount,
        case
            when returns.status <> 'amountRefunded' then 0
            -- A refund that names no lines refunds what was asked.
            when coalesce(returns.refund_items, '[]') = '[]' then return_items.requested_unit_count
            else return_items.refunded_unit_count
        end as returned_unit_count,
        case
            when returns.status <> 'amountRefunded' then 0
            when coalesce(returns.refund_items, '[]') = '[]' then return_items.requested_amount
            else return_items.refunded_amount
        end as returned_amount,
        case
            when returns.status = 'amountRefunded' and return_items.return_line_number = 1
                then returns.refunded_shipping_amount
        end as returned_shipping_amount,
        returns.status = 'amountRefunded' as is_refunded,
        coalesce(returns.submitted_at, returns.valid_from) as submitted_at,
        case
            when returns.status = 'amountRefunded'
                then coalesce(first_refunds.refunded_at, first_versions.refunded_at)
        end as refunded_at
    from returns
    inner join return_items on returns.return_id = return_items.return_id
    left join first_refunds on returns.return_id = first_refunds.return_id
    left join first_versions on returns.return_id = first_versions.return_id

),

refund_invoices as (

    select distinct
        order_id,
        refund_invoice_number
    from returns
    where status = 'amountRefunded' and refund_invoice_number is not null

),

invoiced as (

    -- The refund of a request is an invoice of the order too: only what no request explains is a return of its own.
    select
        packages.order_id,
        packages.package_number,
        coalesce(package_items.package_line_number, 1) as return_line_number,
        package_items.line_number as order_line_number,
        coalesce(package_items.unit_count, 0) as unit_count,
        round(packages.invoice_amount * 100) as invoice_cents,
        round(coalesce(package_items.unit_count * package_items.unit_price_amount, 0) * 100) as line_cents,
        packages.issued_at
    from packages
    left join package_items
        on
            packages.order_id = package_items.order_id
            and packages.package_number = package_items.package_number
    left join refund_invoices
        on
            packages.order_id = refund_invoices.order_id
            and packages.invoice_number = refund_invoices.refund_invoice_number
    where refund_invoices.order_id is null

),

weighed as (

    -- Prices in a package are before discounts: the invoice is what went back, shared out by them to the cent.
    select
        *,
        sum(line_cents) over (
            partition by order_id, package_number order by return_line_number
            rows between unbounded preceding and current row
        ) as running_cents,
        sum(line_cents) over (partition by order_id, package_number) as total_cents
    from invoiced

),

shared as (

    select
        *,
        coalesce(
            {{ whole_share("invoice_cents", "running_cents", "total_cents") }}
            - {{ whole_share("invoice_cents", "(running_cents - line_cents)", "total_cents") }},
            case when return_line_number = 1 then invoice_cents else 0 end
        ) as shared_cents
    from weighed

),

told as (

    select
        shared.order_id || ':' || cast(shared.package_number as {{ dbt.type_string() }}) as return_id,
        shared.return_line_number,
        shared.order_id,
        shared.order_line_number,
        order_items.sku_id,
        'invoice' as return_type,
        'invoiced' as status,
        cast(null as {{ dbt.type_string() }}) as reason,
        cast(null as {{ dbt.type_string() }}) as refund_method,
        order_items.currency_code,
        shared.unit_count as requested_unit_count,
        cast(shared.shared_cents as numeric(38, 9)) * 0.01 as requested_amount,
        shared.unit_count as returned_unit_count,
        cast(shared.shared_cents as numeric(38, 9)) * 0.01 as returned_amount,
        0 as returned_shipping_amount,
        true as is_refunded,
        shared.issued_at as submitted_at,
        shared.issued_at as refunded_at
    from shared
    left join order_items
        on
            shared.order_id = order_items.order_id
            and shared.order_line_number = order_items.line_number

),

lines as (

    select * from requested
    union all
    select * from told

),

final as (

    select
        cast(lines.return_id as {{ dbt.type_string() }}) as return_id,
        cast(lines.return_line_number as {{ dbt.type_bigint() }}) as return_line_number,
        cast(lines.order_id as {{ dbt.type_string() }}) as order_id,
        cast(lines.order_line_number as {{ dbt.type_bigint() }}) as order_line_number,
        cast(lines.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(orders.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(orders.store_id as {{ dbt.type_string() }}) as store_id,
        cast(lines.return_type as {{ dbt.type_string() }}) as return_type,
        cast(lines.status as {{ dbt.type_string() }}) as status,
        cast(lines.reason as {{ dbt.type_string() }}) as reason,
        cast(lines.refund_method as {{ dbt.type_string() }}) as refund_method,
        cast(
            coalesce(lines.currency_code, orders.currency_code, '{{ var("default_currency") }}')
            as {{ dbt.type_string() }}
        ) as currency_code,
        cast(coalesce(lines.requested_unit_count, 0) as numeric(38, 9)) as requested_unit_count,
        cast(coalesce(lines.requested_amount, 0) as numeric(38, 9)) as requested_amount,
        cast(coalesce(lines.returned_unit_count, 0) as numeric(38, 9)) as returned_unit_count,
        cast(coalesce(lines.returned_amount, 0) as numeric(38, 9)) as returned_amount,
        cast(coalesce(lines.returned_shipping_amount, 0) as numeric(38, 9)) as returned_shipping_amount,
        lines.is_refunded,
        coalesce(orders.is_revenue, false) as is_revenue,
        {{ local_date("lines.submitted_at") }} as submitted_date,
        {{ local_date("lines.refunded_at") }} as refund_date,
        cast(lines.submitted_at as timestamp) as submitted_at,
        cast(lines.refunded_at as timestamp) as refunded_at
    from lines
    left join orders on lines.order_id = orders.order_id

)

select * from final
