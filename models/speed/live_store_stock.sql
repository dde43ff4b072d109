with

recent as (

    select * from {{ published(ref("recent_stock_levels")) }}

),

recent_skus as (

    select distinct sku_id from recent

),

levels as (

    select
        batch.sku_id,
        batch.warehouse_id,
        batch.available_units,
        batch.is_unlimited,
        batch.stated_at,
        false as is_live
    from {{ published(ref("known_stock_levels")) }} as batch
    left join recent_skus on batch.sku_id = recent_skus.sku_id
    where recent_skus.sku_id is null
    union all
    select
        sku_id,
        warehouse_id,
        available_units,
        is_unlimited,
        stated_at,
        is_live
    from recent

),

final as (

    select
        cast(known_store_warehouses.store_id as {{ dbt.type_string() }}) as store_id,
        cast(levels.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(sum(levels.available_units) as numeric(38, 9)) as available_units,
        max(case when levels.is_unlimited then 1 else 0 end) = 1 as is_unlimited,
        cast(max(levels.stated_at) as timestamp) as stated_at,
        max(case when levels.is_live then 1 else 0 end) = 1 as is_live
    from levels
    inner join {{ published(ref("known_store_warehouses")) }} as known_store_warehouses
        on levels.warehouse_id = known_store_warehouses.warehouse_id
    group by known_store_warehouses.store_id, levels.sku_id

)

select * from final
