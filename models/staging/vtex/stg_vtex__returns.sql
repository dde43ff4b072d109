{{ config(cluster_by=["return_id"]) }}
{%- set fields = {
    "return_id": field("text", "id", required=true),
    "order_id": field("text", "orderId", required=true),
    "status": field("text", "status", required=true),
    "sequence_id": field("id", "sequenceNumber"),
    "currency_code": field("text", "cultureInfoData.currencyCode"),
    "refund_method": field("text", "refundPaymentData.refundPaymentMethod"),
    "refund_invoice_number": field("id", "refundData.invoiceNumber"),
    "items": field("array", "items"),
    "refund_items": field("array", "refundData.items"),
    "statuses": field("array", "refundStatusData"),
    "requested_cents": field("number", "refundableAmount"),
    "refunded_shipping_cents": field("number", "refundData.refundedShippingValue"),
    "submitted_at": field("time", "dateSubmitted"),
} -%}
{#- What is read of a return; its customer, bank account, address and comments stay behind in raw. -#}
{%- set item_shape = {
    "orderItemIndex": none, "id": none, "quantity": none, "sellingPrice": none, "tax": none, "condition": none,
    "returnReason": {"object": {"reason": none}},
} -%}
{%- set refund_item_shape = {
    "orderItemIndex": none, "id": none, "quantity": none, "price": none, "restockFee": none,
} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_returns")) | indent(4) }}

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
        return_id,
        order_id,
        sequence_id,
        refund_invoice_number,
        status,
        refund_method,
        currency_code,
        {{ json_projection("items", item_shape) }} as items,
        {{ json_projection("refund_items", refund_item_shape) }} as refund_items,
        {{ json_projection("statuses", {"status": none, "createdAt": none}) }} as statuses,
        requested_cents * 0.01 as requested_amount,
        refunded_shipping_cents * 0.01 as refunded_shipping_amount,
        submitted_at,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
