{#- A till customer's document and telephone are personal data. -#}
{{ config(schema="pii", tags=["pii"], cluster_by=["till_customer_id"]) }}
{%- set fields = {
    "changed_at": field("time", "timestamp", required=true),
    "till_customer_id": field("text", "novo_cliente.id", required=true),
    "cpf_hash": field("text", "novo_cliente.cpf_hash"),
    "phone": field("text", "novo_cliente.telefone"),
    "age_range": field("id", "novo_cliente.age"),
    "income_range": field("id", "novo_cliente.income"),
    "home_ownership": field("id", "novo_cliente.home_ownership"),
    "marital_status": field("id", "novo_cliente.marital_status"),
    "household_size": field("id", "novo_cliente.household_size"),
    "household_composition": field("id", "novo_cliente.household_comp"),
    "kids_count": field("id", "novo_cliente.kids_count"),
    "accepts_messages": field("boolean", "novo_cliente.aceita_mensagens"),
} -%}

with

messages as (

    {{ new_messages(source("raw", "pos_customers")) | indent(4) }}

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
        till_customer_id,
        cpf_hash,
        phone,
        age_range,
        income_range,
        home_ownership,
        marital_status,
        household_size,
        household_composition,
        kids_count,
        accepts_messages,
        changed_at,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
