{%- set fields = {
    "order_id": field("text", ["OrderId", "orderId"], required=true),
    "status": field("text", ["State", "state", "currentState"], required=true),
    "changed_at": field("time", ["CurrentChange", "currentChange", "currentChangeDate"], required=true),
} -%}

with

messages as (

    {{ newest_messages(source("raw", "vtex_order_events")) | indent(4) }}

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

final as (

    select
        message_id,
        order_id,
        status,
        changed_at,
        cast(publish_time as timestamp) as published_at,
        cast(landed_at as timestamp) as landed_at
    from typed
    where {{ rejection_reason(fields) | indent(4) }} is null

)

select * from final
