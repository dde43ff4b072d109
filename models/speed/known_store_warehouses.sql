{{ config(materialized="table", cluster_by=["store_id"]) }}

with

stores as (

    select * from {{ ref("dim_stores") }}

),

warehouses as (

    select distinct warehouse_id from {{ ref("known_stock_levels") }}

),

final as (

    -- A shop's own list, as its dimension has it.
    select
        stores.store_id,
        warehouses.warehouse_id
    from stores
    inner join warehouses
        on ', ' || stores.warehouse_ids || ', ' like '%, ' || warehouses.warehouse_id || ', %'

)

select * from final
