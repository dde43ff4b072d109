{{ config(cluster_by=["seller_id"]) }}
{%- set fields = {
    "seller_id": field("id", ["SellerId", "sellerId", "Id", "id"], required=true),
    "seller_name": field("text", ["Name", "name"]),
    "seller_type": field("integer", ["SellerType", "sellerType"]),
    "is_active": field("boolean", ["IsActive", "isActive"]),
} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_sellers")) | indent(4) }}

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
        seller_id,
        seller_name,
        seller_type,
        is_active,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
