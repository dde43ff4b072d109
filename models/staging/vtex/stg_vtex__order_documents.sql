{#- Of an order only the newest document counts, by its own change time, so it alone is read whole. Each run folds what
    was staged since into what is known: the newest of the two is the newest of all, whatever their order. A partial
    invoice can rewrite the authorization; the first one that any version says is when it was paid. -#}
{{ config(
    unique_key="order_id",
    incremental_strategy="delete+insert",
    cluster_by=["order_id"],
    meta={"scans_whole": {"itself": "known orders are found by key, in two narrow columns; then partitions are named"}}
) }}
{%- set fields = {
    "value_cents": field("number", "value"),
    "totals": field("array", "totals"),
    "items": field("array", "items"),
    "order_group_id": field("text", "orderGroup"),
    "sequence_id": field("id", "sequence"),
    "origin": field("text", "origin"),
    "marketplace_order_id": field("text", "marketplaceOrderId"),
    "seller_order_id": field("text", "sellerOrderId"),
    "affiliate_id": field("text", "affiliateId"),
    "sales_channel_id": field("id", "salesChannel"),
    "store_id": field("text", "checkedInPickupPointId"),
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
{%- set of_message = [
    "message_id", "content_hash", "published_at", "landed_at", "order_id", "profile_id", "status", "created_at",
    "changed_at",
] -%}
{%- set of_document = [
    "order_group_id", "sequence_id", "marketplace_order_id", "seller_order_id", "affiliate_id", "origin",
    "sales_channel_id", "store_id", "document_hash", "email_hash", "phone_hash", "coupon_code", "utm_source",
    "utm_medium", "utm_campaign", "utmi_campaign", "clerk_code", "currency_code", "delivery_city", "delivery_state",
    "delivery_country_code", "postal_code_prefix", "items", "transactions", "deliveries", "packages", "promotions",
    "changes", "items_amount", "discounts_amount", "shipping_amount", "tax_amount", "totals_amount", "total_amount",
    "has_subscription", "invoiced_at", "cancelled_at",
] -%}
{%- set unseen = "rejection_reason is null and " ~ not_seen() -%}
{%- set new_payloads = "landed_at >= " ~ constant(
    "select min(landed_at) from " ~ ref("stg_vtex__order_contacts") ~ " where " ~ unseen
) if is_incremental() else "true" -%}

with

versions as (

    select
        {{ of_message | join(",\n        ") }},
        document,
        email,
        phone,
        authorized_at,
        staged_at
    from {{ ref("stg_vtex__order_contacts") }}
    where {{ unseen }}

),

{% if is_incremental() %}
known as (

    select * from {{ this }}
    where
        order_id in (select order_id from versions)
        and {{ within(
            "staged_at", "day",
            "select staged_at from " ~ this ~ " where order_id in (select order_id from "
            ~ ref("stg_vtex__order_contacts") ~ " where " ~ unseen ~ ")"
        ) }}

),
{% endif %}

said as (

    select
        order_id,
        min(authorized_at) as first_authorized_at,
        max(staged_at) as staged_at
    from (
        select
            order_id,
            authorized_at,
            staged_at
        from versions
        {%- if is_incremental() %}
        union all
        select
            order_id,
            first_authorized_at as authorized_at,
            staged_at
        from known
        {%- endif %}
    ) as all_said
    group by order_id

),

newest as (

    select * from versions
    qualify
        row_number() over (
            partition by order_id
            order by
                changed_at desc,
                published_at desc,
                message_id desc,
                staged_at desc,
                landed_at desc,
                content_hash desc
        ) = 1

),

copies as (

    select
        message_id,
        cast(landed_at as timestamp) as landed_at,
        count(*) as copy_count
    from {{ source("raw", "vtex_orders") }}
    where {{ new_payloads }}
    group by message_id, cast(landed_at as timestamp)

),

chosen as (

    select
        newest.{{ of_message | join(",\n        newest.") }},
        newest.document,
        newest.email,
        newest.phone,
        newest.staged_at as version_staged_at,
        copies.copy_count,
        said.first_authorized_at,
        said.staged_at
    from newest
    inner join said on newest.order_id = said.order_id
    inner join copies
        on
            newest.message_id = copies.message_id
            and newest.landed_at = copies.landed_at
    {%- if is_incremental() %}
    left join known on newest.order_id = known.order_id
    where
        known.order_id is null
        or newest.changed_at > known.changed_at
        or (
            newest.changed_at = known.changed_at
            and (
                newest.published_at > known.published_at
                or (newest.published_at = known.published_at and newest.message_id >= known.message_id)
            )
        )
    {%- endif %}

),

documents as (

    select
        chosen.*,
        payloads.data
    from (
        select
            message_id,
            data,
            cast(landed_at as timestamp) as landed_at
        from {{ source("raw", "vtex_orders") }}
        where {{ new_payloads }}
    ) as payloads
    inner join chosen
        on
            payloads.message_id = chosen.message_id
            and payloads.landed_at = chosen.landed_at
    -- Only a message that is in its batch more than once can have said something else there.
    where case when chosen.copy_count = 1 then true else {{ has_content("payloads.data", "chosen.content_hash") }} end

),

parsed as (

    select
        *,
        {{ json_values("data", fields, is_element=true) | indent(8) }} as json_values
    from documents

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

read as (

    select
        {{ of_message | join(",\n        ") }},
        order_group_id,
        sequence_id,
        marketplace_order_id,
        seller_order_id,
        affiliate_id,
        origin,
        sales_channel_id,
        store_id,
        {{ document_hash("document_digits") }} as document_hash,
        {{ keyed_hash("normal_email") }} as email_hash,
        {{ keyed_hash("normal_phone") }} as phone_hash,
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
        invoiced_at,
        cancelled_at,
        first_authorized_at,
        version_staged_at,
        staged_at,
        copy_count
    from identified

),

final as (

    {#- A batch can have a message twice. DuckDB sorts only those; BigQuery would read the payloads again. #}
    {%- for copies in (["= 1", "> 1"] if target.type == "duckdb" else [">= 1"]) %}
    select
        {{ (of_message + of_document) | join(",\n        ") }},
        first_authorized_at,
        version_staged_at,
        staged_at
    from read
    where copy_count {{ copies }}
    {%- if loop.last %}
    qualify row_number() over (partition by order_id order by message_id) = 1
    {%- else %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- if is_incremental() %}
    union all
    select
        known.{{ (of_message + of_document) | join(",\n        known.") }},
        said.first_authorized_at,
        known.version_staged_at,
        said.staged_at
    from known
    inner join said on known.order_id = said.order_id
    where known.order_id not in (select order_id from chosen)
    {%- endif %}

)

select * from final
