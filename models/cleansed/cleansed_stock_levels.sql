{%- set fields = {
    "warehouse_id": field("id", "warehouseId"),
    "total_quantity": field("number", "totalQuantity"),
    "reserved_quantity": field("number", "reservedQuantity"),
    "is_unlimited": field("boolean", ["hasUnlimitedQuantity", "isUnlimited", "isUnlimitedQuantity"]),
} -%}
{{ config(unique_key="sku_id", cluster_by=["sku_id"], meta=unfolded_history()) }}

with

documents as (

    select
        sku_id,
        balance,
        valid_from,
        -- A warehouse that such a document does not name has nothing of the SKU any more.
        min(case when covers_all_warehouses then valid_from end) over (
            partition by sku_id order by valid_from rows between 1 following and unbounded following
        ) as next_whole_from,
        staged_at
    from {{ ref("cleansed_inventory") }}
    where {{ not_seen() }}

),

parsed as (

    {{ parsed_elements(
        "documents", "balance", ["sku_id", "valid_from", "next_whole_from", "staged_at"], fields
    ) | indent(4) }}

),

typed as (

    select
        sku_id,
        valid_from,
        next_whole_from,
        staged_at,
        position,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

named as (

    select
        sku_id,
        coalesce(warehouse_id, 'unknown') as warehouse_id,
        coalesce(total_quantity, 0) as total_units,
        coalesce(reserved_quantity, 0) as reserved_units,
        coalesce(is_unlimited, false) as is_unlimited,
        valid_from,
        next_whole_from,
        position,
        staged_at
    from typed

),

stated as (

    select * from named
    qualify row_number() over (partition by sku_id, warehouse_id, valid_from order by position) = 1

),

followed as (

    select
        *,
        lead(valid_from) over (partition by sku_id, warehouse_id order by valid_from) as next_stated_from
    from stated

),

final as (

    select
        sku_id,
        warehouse_id,
        total_units,
        reserved_units,
        is_unlimited,
        valid_from,
        case
            when next_stated_from is null or next_whole_from < next_stated_from then next_whole_from
            else next_stated_from
        end as valid_to,
        staged_at
    from followed

)

select * from final
