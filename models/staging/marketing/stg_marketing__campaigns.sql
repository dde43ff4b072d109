{{ config(cluster_by=["campaign_id"]) }}
{%- set fields = {
    "campaign_id": field("text", "campanha.id", required=true),
    "start_date": field("date", "campanha.inicio", required=true),
    "end_date": field("date", "campanha.fim", required=true),
    "told_at": field("time", "timestamp"),
    "campaign_type": field("text", "campanha.tipo"),
    "members": field("array", "campanha.clientes"),
    "coupons": field("array", "campanha.cupons"),
} -%}

with

messages as (

    {{ new_messages(source("raw", "marketing_campaigns")) | indent(4) }}

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
        campaign_id,
        campaign_type,
        members,
        {{ json_projection("coupons", {"coupon_upc": none, "produtos": none}) }} as coupons,
        start_date,
        end_date,
        coalesce(told_at, cast(publish_time as timestamp)) as changed_at,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
