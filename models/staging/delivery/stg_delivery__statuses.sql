{%- set fields = {
    "delivery_id": field("text", "delivery_id"),
    "message_sid": field("text", "message_sid"),
    "status": field("text", "status", required=true),
    "changed_at": field("time", "timestamp", required=true),
    "customer_id": field("text", "customer_id"),
    "store_id": field("text", "store_id"),
    "campaign_id": field("text", "campaign_id"),
    "sku_id": field("text", "sku_id"),
    "reason_code": field("text", "reason_code"),
    "channel": field("text", "channel"),
    "error_code": field("id", "error_code"),
    "run_date": field("date", "run_date"),
} -%}

with

messages as (

    {{ new_messages(source("raw", "delivery_statuses")) | indent(4) }}

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
        {{ surrogate_key(["delivery_id", "message_sid", "status", "changed_at"]) }} as delivery_status_id,
        delivery_id,
        message_sid,
        customer_id,
        store_id,
        campaign_id,
        sku_id,
        reason_code,
        channel,
        status,
        error_code,
        run_date,
        changed_at,
        coalesce(
            {{ rejection_reason(fields) | indent(12) }},
            case when delivery_id is null and message_sid is null then 'missing message_sid' end
        ) as rejection_reason
    from typed

)

select * from judged
