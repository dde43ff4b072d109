{{ config(cluster_by=["promotion_id"]) }}
{%- set fields = {
    "promotion_id": field("id", ["idCalculatorConfiguration", "IdCalculatorConfiguration"], required=true),
    "promotion_name": field("text", ["name", "Name"]),
    "promotion_type": field("text", ["type", "Type"]),
    "discount_type": field("text", ["discountType", "DiscountType"]),
    "utm_source": field("text", ["utmSource", "UtmSource"]),
    "utm_campaign": field("text", ["utmCampaign", "utmCampain", "UtmCampaign"]),
    "utmi_campaign": field("text", ["utmiCampaign", "UtmiCampaign"]),
    "coupon_codes": field("array", "coupon"),
    "sales_channel_ids": field("array", "idsSalesChannel"),
    "discount_percent": field("number", ["percentualDiscountValue", "PercentualDiscountValue"]),
    "nominal_discount_amount": field("number", ["nominalDiscountValue", "NominalDiscountValue"]),
    "excludes_sales_channels": field("boolean", ["areSalesChannelIdsExclusive", "AreSalesChannelIdsExclusive"]),
    "is_active": field("boolean", ["isActive", "IsActive"]),
    "is_archived": field("boolean", ["isArchived", "IsArchived"]),
    "begins_at": field("time", ["beginDateUtc", "beginDate", "BeginDateUtc"]),
    "ends_at": field("time", ["endDateUtc", "endDate", "EndDateUtc"]),
    "modified_at": field("time", ["lastModified", "lastModifiedUtc", "LastModified"]),
} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_promotions")) | indent(4) }}

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
        promotion_id,
        promotion_name,
        promotion_type,
        discount_type,
        utm_source,
        utm_campaign,
        utmi_campaign,
        {{ as_written(fields, "coupon_codes") }} as coupon_codes,
        {{ as_written(fields, "sales_channel_ids") }} as sales_channel_ids,
        discount_percent,
        nominal_discount_amount,
        excludes_sales_channels,
        is_active,
        is_archived,
        begins_at,
        ends_at,
        coalesce(modified_at, cast(publish_time as timestamp)) as changed_at,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
