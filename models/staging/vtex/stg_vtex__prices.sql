{{ config(cluster_by=["sku_id"]) }}
{%- set fields = {
    "sku_id": field("text", "itemId", required=true),
    "base_price_amount": field("number", "basePrice", required=true),
    "list_price_amount": field("number", "listPrice"),
    "cost_price_amount": field("number", "costPrice"),
    "markup_percent": field("number", "markup"),
    "fixed_prices": field("array", "fixedPrices"),
} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_prices")) | indent(4) }}

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
        {{ as_written(fields, "fixed_prices") }} as fixed_prices,
        base_price_amount,
        list_price_amount,
        cost_price_amount,
        markup_percent,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
