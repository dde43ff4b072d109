{{ config(cluster_by=["coupon_code"]) }}
{%- set fields = {
    "coupon_code": field("id", ["couponCode", "CouponCode"], required=true),
    "utm_source": field("text", ["utmSource", "UtmSource"]),
    "utm_campaign": field("text", ["utmCampaign", "utmCampain", "UtmCampaign"]),
    "maximum_uses": field("integer", ["maxUsage", "MaxUsage"]),
    "maximum_items_per_client": field("integer", ["maxItemsPerClient", "MaxItemsPerClient"]),
    "is_archived": field("boolean", ["isArchived", "IsArchived"]),
    "modified_at": field("time", ["lastModifiedUtc", "LastModifiedUtc"]),
} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_coupons")) | indent(4) }}

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
        coupon_code,
        utm_source,
        utm_campaign,
        maximum_uses,
        maximum_items_per_client,
        is_archived,
        modified_at,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
