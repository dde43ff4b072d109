{{ config(cluster_by=["sku_id"]) }}
{%- set fields = {
    "sku_id": field("text", "skuId", required=true),
    "balance": field("array", "balance", required=true),
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
        {{ as_written(fields, "balance") }} as balance,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
