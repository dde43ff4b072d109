{{ config(cluster_by=["pickup_point_id"]) }}
{%- set fields = {
    "pickup_point_id": field("id", ["id", "Id", "pickupPoint.id"], required=true),
    "pickup_point_name": field("text", ["name", "Name", "friendlyName", "pickupPoint.friendlyName"]),
    "seller_id": field("id", ["seller", "Seller"]),
    "postal_code": field("id", ["address.postalCode", "pickupPoint.address.postalCode"]),
    "city": field("text", ["address.city", "pickupPoint.address.city"]),
    "state": field("text", ["address.state", "pickupPoint.address.state"]),
    "country_code": field("text", ["address.country.acronym", "address.country", "pickupPoint.address.country"]),
    "is_active": field("boolean", ["isActive", "IsActive"]),
} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_pickup_points")) | indent(4) }}

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
        pickup_point_id,
        pickup_point_name,
        seller_id,
        left(postal_code, 5) as postal_code_prefix,
        trim(city) as city,
        upper(trim(state)) as state,
        country_code,
        is_active,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
