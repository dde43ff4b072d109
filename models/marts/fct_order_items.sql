{{ config(partition_by=partitioned_by("order_date", "date", "month"), cluster_by=["sku_id", "seller_id"]) }}

with

items as (

    select * from {{ ref("cleansed_order_items") }}

),

orders as (

    select * from {{ ref("fct_orders") }}

),

skus as (

    select * from {{ ref("dim_skus") }}

),

prices as (

    select
        sku_id,
        cost_price_amount,
        valid_to,
        {{ valid_from("sku_id", "valid_from") }} as known_from
    from {{ ref("cleansed_prices") }}

),

shipped as (

    select
        package_items.order_id,
        package_items.line_number,
        sum(package_items.unit_count) as unit_count
    from {{ ref("cleansed_order_package_items") }} as package_items
    inner join {{ ref("cleansed_order_packages") }} as packages
        on
            package_items.order_id = packages.order_id
            and package_items.package_number = packages.package_number
    where not packages.is_return
    group by package_items.order_id, package_items.line_number

),

final as (

    select
        cast(items.order_id as {{ dbt.type_string() }}) as order_id,
        cast(items.line_number as {{ dbt.type_bigint() }}) as line_number,
        cast(items.line_id as {{ dbt.type_string() }}) as line_id,
        cast(items.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(skus.sku_key as {{ dbt.type_string() }}) as sku_key,
        cast(items.seller_id as {{ dbt.type_string() }}) as seller_id,
        cast(items.measurement_unit as {{ dbt.type_string() }}) as measurement_unit,
        cast(orders.currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(items.unit_count as numeric(38, 9)) as unit_count,
        cast(items.measured_quantity as numeric(38, 9)) as measured_quantity,
        cast(coalesce(shipped.unit_count, 0) as numeric(38, 9)) as shipped_unit_count,
        cast(items.unit_price_amount as numeric(38, 9)) as unit_price_amount,
        cast(items.list_price_amount as numeric(38, 9)) as list_price_amount,
        cast(items.gross_amount as numeric(38, 9)) as gross_amount,
        cast(items.gross_amount - items.line_amount as numeric(38, 9)) as discount_amount,
        cast(items.line_amount as numeric(38, 9)) as line_amount,
        -- Price documents name no currency: they are in the shop's own. A cost beyond any shop's is none.
        cast(
            case
                when orders.currency_code = '{{ var("default_currency") }}' and prices.cost_price_amount < 1000000000
                    then round(prices.cost_price_amount * items.measured_quantity, 2)
            end as numeric(38, 9)
        ) as cost_amount,
        items.is_gift,
        orders.is_revenue,
        orders.order_date
    from items
    inner join orders on items.order_id = orders.order_id
    left join skus
        on
            items.sku_id = skus.sku_id
            and {{ valid_at("orders.ordered_at", "skus") | indent(12) }}
    left join prices
        on
            items.sku_id = prices.sku_id
            and {{ valid_at("orders.ordered_at", "prices", since="known_from") | indent(12) }}
    left join shipped on items.order_id = shipped.order_id and items.line_number = shipped.line_number

)

select * from final
