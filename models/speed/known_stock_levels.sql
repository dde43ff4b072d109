{{ config(materialized="table", cluster_by=["sku_id"]) }}

with

levels as (

    select * from {{ ref("cleansed_stock_levels") }}
    where valid_to is null

),

final as (

    select
        sku_id,
        warehouse_id,
        {{ available_units("total_units", "reserved_units") }} as available_units,
        is_unlimited,
        valid_from as stated_at
    from levels

)

select * from final
{{ ordered_by(["sku_id", "warehouse_id"]) }}
