{%- set fields = {
    "sku_id": field("text", "skuId", required=true),
    "balance": field("array", "balance", required=true),
    "warehouse_id": field("id", "warehouseId"),
    "total_quantity": field("number", "totalQuantity"),
} -%}

with

messages as (

    {{ newest_messages(source("raw", "vtex_inventory")) | indent(4) }}

),

parsed as (

    select
        *,
        {{ json_values("data", fields) | indent(8) }} as json_values
    from messages

),

typed as (

    select
        *,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

judged as (

    -- A document of one warehouse has no balance: it is an element of one.
    select
        *,
        nullif(
            {{ rejection_reason(fields) | indent(12) }},
            case when warehouse_id is not null and total_quantity is not null then 'missing balance' end
        ) as rejection_reason
    from typed

),

final as (

    select
        message_id,
        sku_id,
        coalesce({{ as_written(fields, "balance") }}, '[' || data || ']') as balance,
        balance is not null as covers_all_warehouses,
        cast(publish_time as timestamp) as published_at,
        cast(landed_at as timestamp) as landed_at
    from judged
    where rejection_reason is null

)

select * from final
