{{ config(cluster_by=["brand_id"]) }}
{%- set fields = {
    "brand_id": field("id", ["Id", "id"], required=true),
    "brand_name": field("text", ["Name", "name"]),
    "is_active": field("boolean", ["Active", "isActive"]),
} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_brands")) | indent(4) }}

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
        brand_id,
        brand_name,
        is_active,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
