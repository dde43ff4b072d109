{#- A clerk's name is personal data in clear. -#}
{{ config(schema="pii", tags=["pii"], cluster_by=["operator_id"]) }}
{%- set fields = {
    "changed_at": field("time", "timestamp", required=true),
    "operator_id": field("text", "novo_operador.id", required=true),
    "store_id": field("id", "novo_operador.loja_id"),
    "operator_name": field("text", "novo_operador.nome"),
} -%}

with

messages as (

    {{ new_messages(source("raw", "pos_operators")) | indent(4) }}

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
        operator_id,
        store_id,
        operator_name,
        changed_at,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
