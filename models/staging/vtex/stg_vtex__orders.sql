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
    "postal_code": field("text", "shippingData.address.postalCode"),
    "utmi_campaign": field("text", "marketingData.utmiCampaign"),
    "open_text": field("text", "openTextField.value"),
    "subscription": field("object", "subscriptionData"),
    "transactions": field("array", "paymentData.transactions"),
    "deliveries": field("array", "shippingData.logisticsInfo"),
    "packages": field("array", "packageAttachment.packages"),
    "promotions": field("array", "ratesAndBenefitsData.rateAndBenefitsIdentifiers"),
    "changes": field("array", "changesAttachment.changesData"),
    "authorized_at": field("time", "authorizedDate"),
    "invoiced_at": field("time", "invoicedDate"),
    "cancelled_at": field("time", ["cancellationData.CancellationDate", "cancellationData.cancellationDate"]),
} -%}
{#- What is read of arrays; the rest of them can be personal: cards, addresses, engravings, who took a parcel in. -#}
{%- set item_shape = {
    "uniqueId": none, "id": none, "productId": none, "seller": none, "name": none, "refId": none, "ean": none,
    "measurementUnit": none, "quantity": none, "unitMultiplier": none, "price": none, "listPrice": none, "isGift": none,
    "priceTags": {"name": none, "identifier": none, "value": none, "rawValue": none, "isPercentual": none},
    "attachments": {"name": none},
    "components": {"id": none, "productId": none, "name": none, "refId": none, "quantity": none, "price": none},
    "bundleItems": {"id": none, "name": none, "quantity": none, "price": none},
} -%}
{%- set transaction_shape = {
    "transactionId": none, "isActive": none,
    "payments": {
        "id": none, "paymentSystem": none, "paymentSystemName": none, "group": none, "giftCardProvider": none,
        "installments": none, "value": none,
    },
} -%}
{%- set delivery_shape = {
    "itemIndex": none, "selectedDeliveryChannel": none, "deliveryChannel": none, "selectedSla": none,
    "deliveryCompany": none, "pickupPointId": none, "shippingEstimateDate": none,
    "deliveryWindow": {"object": {"endDateUtc": none}},
} -%}
{%- set package_shape = {
    "type": none, "courier": none, "invoiceNumber": none, "invoiceValue": none, "issuanceDate": none,
    "items": {"itemIndex": none, "quantity": none, "price": none},
    "courierStatus": {"object": {"finished": none, "deliveredDate": none}},
} -%}
{%- set change_shape = {
    "discountValue": none, "incrementValue": none, "itemsAdded": {"quantity": none}, "itemsRemoved": {"quantity": none},
    "receipt": {"object": {"receipt": none, "date": none}},
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
        {{ document_hash("document_digits") }} as document_hash,
        {{ keyed_hash("normal_email") }} as email_hash,
        {{ keyed_hash("normal_phone") }} as phone_hash,
        status,
        coupon_code,
        {{ campaign_text("utm_source") }} as utm_source,
        {{ campaign_text("utm_medium") }} as utm_medium,
        {{ campaign_text("utm_campaign") }} as utm_campaign,
        {{ campaign_text("utmi_campaign") }} as utmi_campaign,
        -- The clerk's code; the name that stands beside it stays behind.
        case
            when lower(trim(utmi_campaign)) = '{{ var("clerk_campaign") }}'
                then upper({{ extracted("open_text", var("clerk_pattern")) }})
        end as clerk_code,
        coalesce(currency_code, '{{ var("default_currency") }}') as currency_code,
        trim(delivery_city) as delivery_city,
        upper(trim(delivery_state)) as delivery_state,
        delivery_country_code,
        -- A whole postal code can be one street; five digits are a region.
        nullif(left({{ digits("postal_code") }}, 5), '') as postal_code_prefix,
        {{ json_projection("items", item_shape) }} as items,
        {{ json_projection("transactions", transaction_shape) }} as transactions,
        {{ json_projection("deliveries", delivery_shape) }} as deliveries,
        {{ json_projection("packages", package_shape) }} as packages,
        {{ json_projection("promotions", {"id": none, "name": none}) }} as promotions,
        {{ json_projection("changes", change_shape) }} as changes,
        -- Cents become currency units here, once.
        coalesce({{ json_total("totals", "Items") }}, 0) * 0.01 as items_amount,
        -- A discount is negative in VTEX and a positive number here.
        coalesce({{ json_total("totals", "Discounts") }}, 0) * -0.01 as discounts_amount,
        coalesce({{ json_total("totals", "Shipping") }}, 0) * 0.01 as shipping_amount,
        coalesce({{ json_total("totals", "Tax") }}, 0) * 0.01 as tax_amount,
        coalesce({{ json_total("totals", none) }}, 0) * 0.01 as totals_amount,
        value_cents * 0.01 as total_amount,
        subscription is not null as has_subscription,
        created_at,
        changed_at,
        authorized_at,
        invoiced_at,
        cancelled_at,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from identified

)

select * from judged
