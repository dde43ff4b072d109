{{ config(partition_by=partitioned_by("order_date", "date", "month"), cluster_by=["sales_channel_id", "customer_id"]) }}

with

orders as (

    select * from {{ ref("cleansed_orders") }}

),

order_copies as (

    select * from {{ ref("cleansed_order_copies") }}

),

statuses as (

    select * from {{ ref("order_statuses") }}

),

customers as (

    select * from {{ ref("dim_customers") }}

),

line_totals as (

    select
        order_id,
        count(*) as line_count,
        sum(unit_count) as unit_count,
        count(case when is_subscription then 1 end) as subscription_line_count
    from {{ ref("cleansed_order_items") }}
    group by order_id

),

milestones as (

    select
        status_changes.order_id,
        min(case when statuses.status_group in ('approved', 'handling', 'invoiced') then status_changes.changed_at end)
            as first_approved_at,
        min(case when statuses.status_group = 'handling' then status_changes.changed_at end) as first_handled_at,
        max(case when status_changes.status = 'canceled' then status_changes.changed_at end) as last_cancelled_at
    from {{ ref("fct_order_status_changes") }} as status_changes
    left join statuses on status_changes.status = statuses.status
    group by status_changes.order_id

),

identified as (

    select * from {{ ref("cleansed_order_customers") }}

),

deliveries as (

    select
        order_id,
        min(pickup_point_id) as pickup_point_id,
        case when count(distinct delivery_channel) > 1 then 'mixed' else min(delivery_channel) end as delivery_channel
    from {{ ref("cleansed_order_deliveries") }}
    group by order_id

),

packages as (

    -- Delivered is no status: it is what the carrier of the last parcel says.
    select
        order_id,
        max(delivered_at) as last_delivered_at,
        count(*) = count(case when is_delivered then 1 end) as is_delivered
    from {{ ref("cleansed_order_packages") }}
    where not is_return
    group by order_id

),

clerk_stores as (

    select * from {{ ref("clerk_stores") }}

),

joined as (

    select
        orders.*,
        coalesce(orders.store_id, deliveries.pickup_point_id, clerk_stores.store_id) as sold_store_id,
        deliveries.delivery_channel,
        coalesce(orders.has_subscription, false) or coalesce(line_totals.subscription_line_count > 0, false)
            as is_subscription,
        milestones.first_handled_at as handled_at,
        -- A partial invoice has parcels of its own: the order is delivered once nothing more is to be invoiced.
        case
            when packages.is_delivered and (orders.invoiced_at is not null or orders.status = 'invoiced')
                then packages.last_delivered_at
        end as delivered_at,
        {{ geography_key(
            "orders.delivery_country_code",
            "orders.delivery_state",
            "orders.delivery_city",
            "orders.postal_code_prefix"
        ) | indent(8) }} as geography_key,
        identified.customer_id,
        order_copies.sale_id,
        order_copies.is_counted,
        case
            when orders.status is null then 'created'
            else coalesce(statuses.status_group, 'unknown')
        end as status_group,
        coalesce(orders.status = 'canceled', false) as is_cancelled,
        coalesce(orders.first_authorized_at, milestones.first_approved_at) as paid_at,
        coalesce(orders.cancelled_at, milestones.last_cancelled_at) as last_cancelled_at,
        coalesce(line_totals.line_count, 0) as line_count,
        coalesce(line_totals.unit_count, 0) as unit_count
    from orders
    left join order_copies on orders.order_id = order_copies.order_id
    left join statuses on orders.status = statuses.status
    left join milestones on orders.order_id = milestones.order_id
    left join line_totals on orders.order_id = line_totals.order_id
    left join identified on orders.order_id = identified.order_id
    left join deliveries on orders.order_id = deliveries.order_id
    left join packages on orders.order_id = packages.order_id
    left join clerk_stores on orders.clerk_code = upper(clerk_stores.clerk_code)

),

final as (

    select
        cast(joined.order_id as {{ dbt.type_string() }}) as order_id,
        cast(joined.order_group_id as {{ dbt.type_string() }}) as order_group_id,
        cast(joined.sale_id as {{ dbt.type_string() }}) as sale_id,
        cast(joined.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(customers.customer_key as {{ dbt.type_string() }}) as customer_key,
        cast(joined.sales_channel_id as {{ dbt.type_string() }}) as sales_channel_id,
        cast(joined.sold_store_id as {{ dbt.type_string() }}) as store_id,
        cast(joined.geography_key as {{ dbt.type_string() }}) as geography_key,
        cast(joined.affiliate_id as {{ dbt.type_string() }}) as affiliate_id,
        cast(joined.origin as {{ dbt.type_string() }}) as origin,
        cast(joined.status as {{ dbt.type_string() }}) as status,
        cast(joined.status_group as {{ dbt.type_string() }}) as status_group,
        cast(joined.clerk_code as {{ dbt.type_string() }}) as clerk_code,
        cast(joined.coupon_code as {{ dbt.type_string() }}) as coupon_code,
        cast(joined.utm_source as {{ dbt.type_string() }}) as utm_source,
        cast(joined.utm_medium as {{ dbt.type_string() }}) as utm_medium,
        cast(joined.utm_campaign as {{ dbt.type_string() }}) as utm_campaign,
        cast(joined.utmi_campaign as {{ dbt.type_string() }}) as utmi_campaign,
        cast(joined.delivery_channel as {{ dbt.type_string() }}) as delivery_channel,
        cast(joined.delivery_city as {{ dbt.type_string() }}) as delivery_city,
        cast(joined.delivery_state as {{ dbt.type_string() }}) as delivery_state,
        cast(joined.currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(joined.line_count as {{ dbt.type_bigint() }}) as line_count,
        cast(joined.unit_count as numeric(38, 9)) as unit_count,
        cast(joined.items_amount as numeric(38, 9)) as items_amount,
        cast(joined.discounts_amount as numeric(38, 9)) as discounts_amount,
        cast(joined.shipping_amount as numeric(38, 9)) as shipping_amount,
        cast(joined.tax_amount as numeric(38, 9)) as tax_amount,
        -- Totals of other ids (`Change` and whatever comes next), so that the parts always make the whole.
        cast(
            joined.totals_amount - joined.items_amount + joined.discounts_amount
            - joined.shipping_amount - joined.tax_amount as numeric(38, 9)
        ) as other_amount,
        cast(joined.total_amount as numeric(38, 9)) as total_amount,
        cast({{ minutes_between("joined.created_at", "joined.paid_at") }} as numeric(38, 9)) as minutes_to_pay,
        cast({{ minutes_between("joined.created_at", "joined.handled_at") }} as numeric(38, 9)) as minutes_to_handle,
        cast({{ minutes_between("joined.created_at", "joined.invoiced_at") }} as numeric(38, 9)) as minutes_to_invoice,
        cast({{ minutes_between("joined.created_at", "joined.delivered_at") }} as numeric(38, 9)) as minutes_to_deliver,
        joined.is_cancelled,
        joined.is_counted,
        not joined.is_cancelled and joined.paid_at is not null and joined.is_counted as is_revenue,
        joined.is_subscription,
        {{ local_date("joined.created_at") }} as order_date,
        cast(joined.created_at as timestamp) as ordered_at,
        cast({{ local_timestamp("joined.created_at") }} as {{ type_local_timestamp() }}) as ordered_local_at,
        cast(joined.paid_at as timestamp) as paid_at,
        cast(joined.handled_at as timestamp) as handled_at,
        cast(joined.invoiced_at as timestamp) as invoiced_at,
        cast(joined.delivered_at as timestamp) as delivered_at,
        cast(case when joined.is_cancelled then joined.last_cancelled_at end as timestamp) as cancelled_at,
        cast(joined.changed_at as timestamp) as changed_at
    from joined
    left join customers
        on
            joined.customer_id = customers.customer_id
            and {{ valid_at("joined.created_at", "customers") | indent(12) }}

)

select * from final
