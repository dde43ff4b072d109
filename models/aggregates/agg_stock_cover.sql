{{ config(cluster_by=["sku_id"]) }}

{%- set as_of_date = local_date(as_of()) -%}
{%- set window_days = var("stock_cover_days") -%}
{#- Further off than this, a day on which stock ends is no forecast. -#}
{%- set furthest_days = 3650 -%}
{%- set whole_days = "cast(floor(days_of_cover) as " ~ dbt.type_bigint() ~ ")" -%}

with

stock as (

    -- Levels of one SKU are added over its warehouses, as sales do not say which one they left.
    select
        sku_id,
        max(sku_key) as sku_key,
        count(*) as warehouse_count,
        count(case when is_unlimited then 1 end) > 0 as is_unlimited,
        sum(case when not is_unlimited then total_units else 0 end) as total_units,
        sum(case when not is_unlimited then reserved_units else 0 end) as reserved_units,
        sum(case when not is_unlimited then available_units else 0 end) as available_units
    from {{ ref("fct_inventory_levels") }}
    where inventory_date = {{ as_of_date }}
    group by sku_id

),

sales as (

    -- Whole days only: today's sales are not all in.
    select
        sku_id,
        sum(unit_count) as sold_units
    from {{ ref("fct_sales") }}
    where
        channel = 'web'
        and sale_date >= cast({{ dbt.dateadd("day", -window_days, as_of_date) }} as date)
        and sale_date < {{ as_of_date }}
    group by sku_id

),

covered as (

    select
        stock.*,
        coalesce(sales.sold_units, 0) as sold_units,
        case
            when not stock.is_unlimited and sales.sold_units > 0
                then cast(stock.available_units * {{ window_days }} / sales.sold_units as numeric(38, 9))
        end as days_of_cover
    from stock
    left join sales on stock.sku_id = sales.sku_id

),

final as (

    select
        cast(sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(sku_key as {{ dbt.type_string() }}) as sku_key,
        cast(warehouse_count as {{ dbt.type_bigint() }}) as warehouse_count,
        cast(total_units as numeric(38, 9)) as total_units,
        cast(reserved_units as numeric(38, 9)) as reserved_units,
        cast(available_units as numeric(38, 9)) as available_units,
        cast(sold_units as numeric(38, 9)) as sold_units,
        cast(sold_units / {{ window_days }} as numeric(38, 9)) as average_daily_units,
        days_of_cover,
        is_unlimited,
        not is_unlimited and available_units = 0 as is_out_of_stock,
        {{ as_of_date }} as inventory_date,
        case
            when days_of_cover <= {{ furthest_days }}
                then cast({{ dbt.dateadd("day", whole_days, as_of_date) | indent(16) }} as date)
        end as expected_stock_out_date
    from covered

)

select * from final
