{%- set fields = {
    "warehouse_id": field("id", "warehouseId"),
    "total_quantity": field("number", "totalQuantity"),
    "reserved_quantity": field("number", "reservedQuantity"),
    "is_unlimited": field("boolean", ["hasUnlimitedQuantity", "isUnlimited", "isUnlimitedQuantity"]),
} -%}

with

documents as (

    select * from {{ published(ref("newest_vtex_inventory")) }}

),

parsed as (

    {{ parsed_elements("documents", "balance", ["message_id", "sku_id", "published_at"], fields) | indent(4) }}

),

typed as (

    select
        message_id,
        sku_id,
        published_at,
        position,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

final as (

    select
        message_id,
        sku_id,
        coalesce(warehouse_id, 'unknown') as warehouse_id,
        position as element_number,
        {{ available_units("coalesce(total_quantity, 0)", "coalesce(reserved_quantity, 0)") }} as available_units,
        coalesce(is_unlimited, false) as is_unlimited,
        published_at
    from typed

)

select * from final
