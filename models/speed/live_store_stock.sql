{%- set fields = {
    "warehouse_id": field("id", "warehouseId"),
    "total_quantity": field("number", "totalQuantity"),
    "reserved_quantity": field("number", "reservedQuantity"),
    "is_unlimited": field("boolean", ["hasUnlimitedQuantity", "isUnlimited", "isUnlimitedQuantity"]),
} -%}

with

documents as (

    -- A document of all warehouses ends what was said of one that it does not name.
    select
        *,
        max(case when covers_all_warehouses then published_at end) over (partition by sku_id) as whole_at
    from {{ published(ref("newest_vtex_inventory")) }}

),

wholes as (

    select distinct
        sku_id,
        whole_at
    from documents
    where whole_at is not null

),

standing as (

    select * from documents
    where whole_at is null or published_at >= whole_at

),

parsed as (

    {{ parsed_elements("standing", "balance", ["sku_id", "message_id", "published_at"], fields) | indent(4) }}

),

typed as (

    select
        sku_id,
        message_id,
        published_at,
        position,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

levels as (

    select
        typed.sku_id,
        coalesce(typed.warehouse_id, 'unknown') as warehouse_id,
        {{ available_units("coalesce(typed.total_quantity, 0)", "coalesce(typed.reserved_quantity, 0)") }}
            as available_units,
        coalesce(typed.is_unlimited, false) as is_unlimited,
        typed.published_at as stated_at,
        typed.message_id,
        typed.position as element_number,
        true as is_live
    from typed
    union all
    select
        batch.sku_id,
        batch.warehouse_id,
        batch.available_units,
        batch.is_unlimited,
        batch.stated_at,
        '' as message_id,
        0 as element_number,
        false as is_live
    from {{ published(ref("known_stock_levels")) }} as batch
    left join wholes on batch.sku_id = wholes.sku_id
    where wholes.whole_at is null or batch.stated_at >= wholes.whole_at

),

newest as (

    -- What the build has read already is said twice at the same time: the build's own words stand.
    select * from levels
    qualify
        row_number() over (
            partition by sku_id, warehouse_id order by stated_at desc, is_live asc, message_id desc, element_number asc
        ) = 1

),

final as (

    select
        cast(known_store_warehouses.store_id as {{ dbt.type_string() }}) as store_id,
        cast(newest.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(sum(newest.available_units) as numeric(38, 9)) as available_units,
        max(case when newest.is_unlimited then 1 else 0 end) = 1 as is_unlimited,
        cast(max(newest.stated_at) as timestamp) as stated_at,
        max(case when newest.is_live then 1 else 0 end) = 1 as is_live
    from newest
    inner join {{ published(ref("known_store_warehouses")) }} as known_store_warehouses
        on newest.warehouse_id = known_store_warehouses.warehouse_id
    group by known_store_warehouses.store_id, newest.sku_id

)

select * from final
