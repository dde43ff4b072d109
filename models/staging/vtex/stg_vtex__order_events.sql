{%- set fields = {
    "order_id": field("text", ["OrderId", "orderId"], required=true),
    "status": field("text", ["State", "state", "currentState"], required=true),
    "changed_at": field("time", ["CurrentChange", "currentChange", "currentChangeDate"], required=true),
    "previous_status": field("text", ["LastState", "lastState"]),
    "domain": field("text", ["Domain", "domain"]),
    "hook_config": field("text", ["hookConfig"]),
} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_order_events")) | indent(4) }}

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
        {{ surrogate_key(["order_id", "status", "changed_at"]) }} as order_event_id,
        order_id,
        status,
        previous_status,
        domain,
        changed_at,
        case
            when hook_config = 'ping' and order_id is null then 'ping'
            else {{ rejection_reason(fields) | indent(12) }}
        end as rejection_reason
    from typed

)

select * from judged
