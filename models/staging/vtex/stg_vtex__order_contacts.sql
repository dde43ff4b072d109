{#- Of an order only who it speaks of, in clear; stg_vtex__orders has everything else, and no clear value. -#}
{{ config(schema="pii", tags=["pii"], cluster_by=["order_id"]) }}
{%- set fields = {
    "order_id": field("text", "orderId", required=true),
    "profile_id": field("text", "clientProfileData.userProfileId"),
    "address_id": field("text", "shippingData.address.addressId"),
    "address_type": field("text", "shippingData.address.addressType"),
    "first_name": field("text", "clientProfileData.firstName"),
    "last_name": field("text", "clientProfileData.lastName"),
    "email": field("text", "clientProfileData.email"),
    "document": field("text", "clientProfileData.document"),
    "phone": field("text", "clientProfileData.phone"),
    "receiver_name": field("text", "shippingData.address.receiverName"),
} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_orders")) | indent(4) }}

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
        order_id,
        profile_id,
        -- A pickup point's address is the shop's.
        case when address_type is null or address_type <> 'pickup' then address_id end as address_id,
        first_name,
        last_name,
        email,
        document,
        phone,
        receiver_name,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
