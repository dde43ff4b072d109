{%- set fields = {
    "order_id": field("text", "orderId", required=true),
    "status": field("text", "status", required=true, nullable=true),
    "created_at": field("time", "creationDate", required=true),
    "changed_at": field("time", "lastChange", required=true),
    "value_cents": field("number", "value", required=true),
    "totals": field("array", "totals", required=true),
    "items": field("array", "items", required=true),
    "order_group_id": field("text", "orderGroup"),
    "sequence_id": field("id", "sequence"),
    "origin": field("text", "origin"),
    "marketplace_order_id": field("text", "marketplaceOrderId"),
    "seller_order_id": field("text", "sellerOrderId"),
    "affiliate_id": field("text", "affiliateId"),
    "sales_channel_id": field("id", "salesChannel"),
    "store_id": field("text", "checkedInPickupPointId"),
    "profile_id": field("text", "clientProfileData.userProfileId"),
    "document": field("text", "clientProfileData.document"),
    "email": field("text", "clientProfileData.email"),
    "phone": field("text", "clientProfileData.phone"),
    "coupon_code": field("text", "marketingData.coupon"),
    "utm_source": field("text", "marketingData.utmSource"),
    "utm_medium": field("text", "marketingData.utmMedium"),
    "utm_campaign": field("text", "marketingData.utmCampaign"),
    "currency_code": field("text", "storePreferencesData.currencyCode"),
    "delivery_city": field("text", "shippingData.address.city"),
    "delivery_state": field("text", "shippingData.address.state"),
    "delivery_country_code": field("text", "shippingData.address.country"),
    "transactions": field("array", "paymentData.transactions"),
    "authorized_at": field("time", "authorizedDate"),
    "invoiced_at": field("time", "invoicedDate"),
    "cancelled_at": field("time", ["cancellationData.CancellationDate", "cancellationData.cancellationDate"]),
} -%}
{#- What is read of lines and payments; the rest of them can be personal: cards, billing addresses, engravings. -#}
{%- set item_shape = {
    "uniqueId": none, "id": none, "productId": none, "seller": none, "name": none, "refId": none, "ean": none,
    "measurementUnit": none, "quantity": none, "unitMultiplier": none, "price": none, "listPrice": none, "isGift": none,
    "priceTags": {"name": none, "value": none, "rawValue": none, "isPercentual": none},
} -%}
{%- set transaction_shape = {
    "transactionId": none, "isActive": none,
    "payments": {
        "id": none, "paymentSystem": none, "paymentSystemName": none, "group": none, "giftCardProvider": none,
        "installments": none, "value": none,
    },
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

identified as (

    select
        *,
        {{ digits("document") }} as document_digits,
        {{ normalised_email("email") }} as normal_email,
        {{ normalised_phone("phone") }} as normal_phone
    from typed

),

judged as (

    select
        {{ message_columns() }},
        order_id,
        order_group_id,
        sequence_id,
        marketplace_order_id,
        seller_order_id,
        affiliate_id,
        origin,
        sales_channel_id,
        store_id,
        -- The person: VTEX's profile id where there is one; document, e-mail and phone only as keyed hashes.
        profile_id,
        {{ keyed_hash(normalised_document("document_digits")) }} as document_hash,
        {{ keyed_hash("normal_email") }} as email_hash,
        {{ keyed_hash("normal_phone") }} as phone_hash,
        status,
        coupon_code,
        {{ campaign_text("utm_source") }} as utm_source,
        {{ campaign_text("utm_medium") }} as utm_medium,
        {{ campaign_text("utm_campaign") }} as utm_campaign,
        coalesce(currency_code, '{{ var("default_currency") }}') as currency_code,
        trim(delivery_city) as delivery_city,
        upper(trim(delivery_state)) as delivery_state,
        delivery_country_code,
        {{ json_projection("items", item_shape) }} as items,
        {{ json_projection("transactions", transaction_shape) }} as transactions,
        -- Cents become currency units here, once.
        coalesce({{ json_total("totals", "Items") }}, 0) * 0.01 as items_amount,
        -- A discount is negative in VTEX and a positive number here.
        coalesce({{ json_total("totals", "Discounts") }}, 0) * -0.01 as discounts_amount,
        coalesce({{ json_total("totals", "Shipping") }}, 0) * 0.01 as shipping_amount,
        coalesce({{ json_total("totals", "Tax") }}, 0) * 0.01 as tax_amount,
        coalesce({{ json_total("totals", none) }}, 0) * 0.01 as totals_amount,
        value_cents * 0.01 as total_amount,
        created_at,
        changed_at,
        authorized_at,
        invoiced_at,
        cancelled_at,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from identified

)

select * from judged
