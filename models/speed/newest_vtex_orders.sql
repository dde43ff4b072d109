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

final as (

    select
        message_id,
        order_id,
        status,
        store_id,
        profile_id,
        {{ keyed_hash(normalised_document("document_digits")) }} as document_hash,
        {{ keyed_hash("normal_email") }} as email_hash,
        {{ keyed_hash("normal_phone") }} as phone_hash,
        coalesce(currency_code, '{{ var("default_currency") }}') as currency_code,
        cast(value_cents * 0.01 as numeric(38, 9)) as total_amount,
        created_at as ordered_at,
        changed_at,
        cast(publish_time as timestamp) as published_at,
        cast(landed_at as timestamp) as landed_at
    from judged
    where rejection_reason is null

)

select * from final
