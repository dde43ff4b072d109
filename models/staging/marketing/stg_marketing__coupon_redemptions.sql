{{ config(cluster_by=["redemption_id"]) }}
{%- set fields = {
    "redemption_id": field("text", "resgate.id", required=true),
    "campaign_id": field("text", "resgate.campanha_id", required=true),
    "till_customer_id": field("text", "resgate.cliente_id", required=true),
    "coupon_code": field("id", "resgate.coupon_upc"),
    "stated_date": field("date", "resgate.data"),
    "told_date": field("date", "timestamp"),
    "told_at": field("time", "timestamp"),
} -%}

with

messages as (

    {{ new_messages(source("raw", "marketing_coupon_redemptions")) | indent(4) }}

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
        redemption_id,
        campaign_id,
        till_customer_id,
        coupon_code,
        coalesce(stated_date, told_date, {{ local_date("cast(publish_time as timestamp)") }}) as redeemed_date,
        coalesce(told_at, cast(publish_time as timestamp)) as changed_at,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
