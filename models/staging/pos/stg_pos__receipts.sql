{#- SHA-256 of a CPF can be tried out in an hour: it is a clear value, and goes on as a keyed hash alone. -#}
{{ config(schema="pii", tags=["pii"]) }}
{%- set fields = {
    "sold_at": field("time", "timestamp", required=true),
    "sale_date": field("date", "timestamp"),
    "receipt_id": field("text", "cupom.id", required=true),
    "store_id": field("text", "cupom.loja.id", required=true),
    "operator_id": field("id", "cupom.operador.id"),
    "till_customer_id": field("id", "cupom.cliente.id"),
    "cpf_hash": field("text", "cupom.cliente.cpf_hash"),
    "items": field("array", "cupom.itens", required=true),
    "payments": field("array", "cupom.pagamentos"),
    "total_amount": field("number", "cupom.valor_total", required=true),
} -%}
{%- set item_fields = {
    "line_number": field("integer", "sequencia", required=true),
    "till_product_id": field("text", "produto_id", required=true),
    "unit_count": field("number", "quantidade", required=true),
    "line_amount": field("number", "valor_total", required=true),
} -%}
{#- What is read of a line; whatever else a till writes stays behind in raw. -#}
{%- set item_shape = {
    "sequencia": none, "produto_id": none, "descricao": none, "departamento": none, "categoria": none, "marca": none,
    "quantidade": none, "valor_unitario": none, "valor_bruto": none, "desconto": none, "desconto_cupom": none,
    "valor_total": none,
} -%}

with

messages as (

    {{ new_messages(source("raw", "pos_receipts")) | indent(4) }}

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
        receipt_id,
        store_id,
        operator_id,
        till_customer_id,
        cpf_hash,
        {{ keyed_hash(normalised_digest("cpf_hash")) }} as document_hash,
        {{ json_projection("items", item_shape) }} as items,
        {{ json_projection("payments", {"tipo": none, "valor": none}) }} as payments,
        total_amount,
        sale_date,
        sold_at,
        coalesce(
            {{ rejection_reason(fields) | indent(12) }},
            {{ element_rejection("items", "cupom.itens", item_fields) | indent(12) }}
        ) as rejection_reason
    from typed

)

select * from judged
