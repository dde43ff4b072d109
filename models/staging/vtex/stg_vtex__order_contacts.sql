{#- Each order message, read once: which document it is, whether it can be used, and who it speaks of, in clear. What
    counts beside is in stg_vtex__orders, and no clear value. -#}
{{ config(schema="pii", tags=["pii"], cluster_by=["order_id"]) }}
{%- set fields = {
    "order_id": field("text", "orderId", required=true),
    "status": field("text", "status", required=true, nullable=true),
    "created_at": field("time", "creationDate", required=true),
    "changed_at": field("time", "lastChange", required=true),
    "value_cents": field("number", "value", required=true),
    "totals": field("array", "totals", required=true, witness="totals[0].id"),
    "items": field("array", "items", required=true, witness="items[0].id"),
    "profile_id": field("text", "clientProfileData.userProfileId"),
    "address_id": field("text", "shippingData.address.addressId"),
    "address_type": field("text", "shippingData.address.addressType"),
    "first_name": field("text", "clientProfileData.firstName"),
    "last_name": field("text", "clientProfileData.lastName"),
    "email": field("text", "clientProfileData.email"),
    "document": field("text", "clientProfileData.document"),
    "phone": field("text", "clientProfileData.phone"),
    "receiver_name": field("text", "shippingData.address.receiverName"),
    "authorized_at": field("time", "authorizedDate"),
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
        status,
        created_at,
        changed_at,
        authorized_at,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
