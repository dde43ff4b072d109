{{ config(materialized="table", cluster_by=["store_id", "sku_id"]) }}

with

levels as (

    select * from {{ ref("known_stock_levels") }}

),

warehouses as (

    select * from {{ ref("known_store_warehouses") }}

),

final as (

    select
        warehouses.store_id,
        levels.sku_id,
        sum(levels.available_units) as available_units,
        max(case when levels.is_unlimited then 1 else 0 end) = 1 as is_unlimited,
        max(case when levels.is_unlimited or levels.available_units > 0 then 1 else 0 end) = 1 as is_available
    from levels
    inner join warehouses on levels.warehouse_id = warehouses.warehouse_id
    group by warehouses.store_id, levels.sku_id

)

select * from final
{{ ordered_by(["store_id", "sku_id"]) }}
