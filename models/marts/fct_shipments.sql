{{ config(partition_by=partitioned_by("issued_date", "date", "month"), cluster_by=["carrier", "delivery_state"]) }}

with

packages as (

    select * from {{ ref("cleansed_order_packages") }}

),

package_items as (

    select * from {{ ref("cleansed_order_package_items") }}

),

deliveries as (

    select * from {{ ref("cleansed_order_deliveries") }}

),

orders as (

    select * from {{ ref("fct_orders") }}

),

contents as (

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

    -- A package that does not say what is in it was promised as the order was.
    select
        packages.order_id,
        packages.package_number,
        deliveries.line_number,
        deliveries.delivery_channel,
        deliveries.delivery_company,
        deliveries.pickup_point_id,
        deliveries.promised_at
    from packages
    inner join deliveries on packages.order_id = deliveries.order_id
    left join contents
        on
            packages.order_id = contents.order_id
            and packages.package_number = contents.package_number
    left join package_items
        on
            packages.order_id = package_items.order_id
            and packages.package_number = package_items.package_number
            and deliveries.line_number = package_items.line_number
    where
        not packages.is_return
        and (package_items.line_number is not null or coalesce(contents.known_line_count, 0) = 0)

),

promises as (

    select
        order_id,
        package_number,
        case when count(distinct delivery_channel) > 1 then 'mixed' else min(delivery_channel) end as delivery_channel,
        min(delivery_company) as delivery_company,
        min(pickup_point_id) as pickup_point_id,
        max(promised_at) as promised_at
    from promised_lines
    group by order_id, package_number

),

joined as (

    select
        packages.*,
        coalesce(nullif(packages.carrier, ''), promises.delivery_company, 'unknown') as known_carrier,
        promises.delivery_channel,
        promises.pickup_point_id,
        promises.promised_at,
        coalesce(contents.line_count, 0) as line_count,
        coalesce(contents.unit_count, 0) as unit_count,
        orders.store_id,
        orders.geography_key,
        orders.delivery_state,
        orders.currency_code,
        orders.is_counted,
        orders.order_date,
        {{ local_date("packages.issued_at") }} as issued_date,
        {{ local_date("promises.promised_at") }} as promised_date,
        {{ local_date("packages.delivered_at") }} as delivered_date,
        {{ local_date(as_of()) }} as today_date
    from packages
    inner join orders on packages.order_id = orders.order_id
    left join contents
        on
            packages.order_id = contents.order_id
            and packages.package_number = contents.package_number
    left join promises
        on
            packages.order_id = promises.order_id
            and packages.package_number = promises.package_number

),

judged as (

    -- A promise is kept until its local day is over. What no carrier tells of, or was delivered nobody knows when, is
    -- neither in time nor late: shops that track nothing are not late with everything.
    select
        *,
        case
            when promised_date is null or not is_tracked or (is_delivered and delivered_date is null) then null
            else coalesce(delivered_date, today_date) > promised_date
        end as is_late
    from joined

),

final as (

    select
        cast(order_id as {{ dbt.type_string() }}) as order_id,
        cast(package_number as {{ dbt.type_bigint() }}) as package_number,
        cast(invoice_number as {{ dbt.type_string() }}) as invoice_number,
        cast(store_id as {{ dbt.type_string() }}) as store_id,
        cast(pickup_point_id as {{ dbt.type_string() }}) as pickup_point_id,
        cast(geography_key as {{ dbt.type_string() }}) as geography_key,
        cast(known_carrier as {{ dbt.type_string() }}) as carrier,
        cast(delivery_channel as {{ dbt.type_string() }}) as delivery_channel,
        cast(delivery_state as {{ dbt.type_string() }}) as delivery_state,
        cast(currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(line_count as {{ dbt.type_bigint() }}) as line_count,
        cast(unit_count as numeric(38, 9)) as unit_count,
        cast(invoice_amount as numeric(38, 9)) as invoice_amount,
        cast(
            case
                when is_late then {{ days_between("promised_date", "coalesce(delivered_date, today_date)") }}
                when not is_late then 0
            end as {{ dbt.type_bigint() }}
        ) as days_late,
        is_return,
        is_delivered,
        is_late,
        is_counted,
        order_date,
        issued_date,
        promised_date,
        delivered_date,
        cast(issued_at as timestamp) as issued_at,
        cast(promised_at as timestamp) as promised_at,
        cast(delivered_at as timestamp) as delivered_at
    from judged

)

select * from final
