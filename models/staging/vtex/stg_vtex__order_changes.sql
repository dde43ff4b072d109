{{ config(cluster_by=["change_id"]) }}
{%- set fields = {
    "change_id": field("text", "requestId", required=true),
    "status": field("text", "status", required=true),
    "order_id": field("text", "origin.orderId"),
    "added": field("array", "add"),
    "added_object": field("object", "add"),
    "removed": field("array", "remove"),
    "removed_object": field("object", "remove"),
    "replaced": field("array", "replace"),
    "difference_cents": field("number", "totalChangeValue"),
    "manual_discount_cents": field("number", "manualDiscountValue"),
    "manual_increment_cents": field("number", "manualIncrementValue"),
    "requested_at": field("time", "date"),
    "cancelled_at": field("time", ["cancellationData.cancellationDate", "cancellationData.CancellationDate"]),
} -%}
{#- What is read of a change; who asked for it, and to which address, stays behind in raw. -#}
{%- set item_shape = {"items": {"id": none, "quantity": none, "price": none}} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_order_changes")) | indent(4) }}

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
        change_id,
        order_id,
        status,
        -- One operation is an object in one version of the API and an array in another.
        {{ json_projection("coalesce(added, '[' || added_object || ']')", item_shape) }} as added,
        {{ json_projection("coalesce(removed, '[' || removed_object || ']')", item_shape) }} as removed,
        {{ json_projection("replaced", {"from": {"object": item_shape}, "to": {"object": item_shape}}) }} as replaced,
        difference_cents * 0.01 as difference_amount,
        manual_discount_cents * 0.01 as manual_discount_amount,
        manual_increment_cents * 0.01 as manual_increment_amount,
        requested_at,
        cancelled_at,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
