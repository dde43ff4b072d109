{%- set fields = {
    "order_id": field("text", "orderId", required=true),
    "status": field("text", "status", required=true, nullable=true),
    "created_at": field("time", "creationDate", required=true),
    "changed_at": field("time", "lastChange", required=true),
    "value_cents": field("number", "value", required=true),
    "totals": field("array", "totals", required=true),
    "items": field("array", "items", required=true),
    "store_id": field("text", "checkedInPickupPointId"),
    "profile_id": field("text", "clientProfileData.userProfileId"),
    "document": field("text", "clientProfileData.document"),
    "email": field("text", "clientProfileData.email"),
    "phone": field("text", "clientProfileData.phone"),
    "currency_code": field("text", "storePreferencesData.currencyCode"),
} -%}

with

messages as (

    {{ newest_messages(source("raw", "vtex_orders")) | indent(4) }}

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
        *,
        {{ digits("document") }} as document_digits,
        {{ normalised_email("email") }} as normal_email,
        {{ normalised_phone("phone") }} as normal_phone,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

),

hashed as (

    select
        *,
        {{ document_hash("document_digits") }} as document_hash,
        {{ keyed_hash("normal_email") }} as email_hash,
        {{ keyed_hash("normal_phone") }} as phone_hash
    from judged
    where rejection_reason is null

),

identities as (

    select * from {{ published(ref("known_identifiers")) }}

),

final as (

    select
        hashed.message_id,
        hashed.order_id,
        hashed.status,
        hashed.store_id,
        coalesce(
            {{ customer_of() | indent(12) }},
            profiles.customer_id,
            {{ unmet_customer_of("hashed") | indent(12) }},
            'order-' || hashed.order_id
        ) as customer_id,
        coalesce(hashed.currency_code, '{{ var("default_currency") }}') as currency_code,
        cast(hashed.value_cents * 0.01 as numeric(38, 9)) as total_amount,
        hashed.created_at as ordered_at,
        hashed.changed_at,
        cast(hashed.publish_time as timestamp) as published_at,
        cast(hashed.landed_at as timestamp) as landed_at
    from hashed
    {{ customer_joins("hashed", "identities") | indent(4) }}

)

select * from final
