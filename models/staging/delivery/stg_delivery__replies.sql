{#- Whom a reply is from, and what was written, are personal data. -#}
{%- set fields = {
    "message_sid": field("text", "message_sid", required=true),
    "sender": field("text", "from", required=true),
    "changed_at": field("time", "timestamp", required=true),
    "body": field("text", "body"),
    "opt_out_type": field("text", "opt_out_type"),
} -%}

with

messages as (

    {{ new_messages(source("raw", "delivery_replies")) | indent(4) }}

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
        {{ surrogate_key(["message_sid", "changed_at"]) }} as reply_id,
        message_sid,
        sender,
        body,
        opt_out_type,
        changed_at,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
