{{ config(cluster_by=["sku_id"]) }}
{%- set fields = {
    "sku_id": field("text", "skuId", required=true),
    "balance": field("array", "balance", required=true),
    "warehouse_id": field("id", "warehouseId"),
    "total_quantity": field("number", "totalQuantity"),
} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_inventory")) | indent(4) }}

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

    select
        {{ message_columns() }},
        sku_id,
        case
            when balance is null and warehouse_id is not null and total_quantity is not null then '[' || data || ']'
            else {{ as_written(fields, "balance") }}
        end as balance,
        balance is not null as covers_all_warehouses,
        -- A document of one warehouse has no balance: it is an element of one.
        nullif(
            {{ rejection_reason(fields) | indent(12) }},
            case when warehouse_id is not null and total_quantity is not null then 'missing balance' end
        ) as rejection_reason
    from typed

)

select * from judged
