{%- set fields = {
    "receipt_id": field("text", "receipt.receipt"),
    "discount_cents": field("number", "discountValue"),
    "increment_cents": field("number", "incrementValue"),
    "items_added": field("array", "itemsAdded"),
    "items_removed": field("array", "itemsRemoved"),
    "changed_at": field("time", "receipt.date"),
} -%}
{{ config(
    unique_key="order_id",
    cluster_by=["order_id"],
    post_hook="{{ delete_superseded() }}",
    meta=unfolds_orders()
) }}

with

{{ order_documents("changes") }}

parsed as (

    {{ parsed_elements("documents", "changes", ["order_id", "message_id", "staged_at"], fields) | indent(4) }}

),

typed as (

    select
        order_id,
        message_id,
        staged_at,
        position,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

final as (

    select
        message_id,
        order_id,
        position + 1 as amendment_number,
        receipt_id,
        cast(coalesce({{ json_total("items_added", none, "quantity") }}, 0) as numeric(38, 9)) as added_unit_count,
        cast(coalesce({{ json_total("items_removed", none, "quantity") }}, 0) as numeric(38, 9)) as removed_unit_count,
        cast((coalesce(increment_cents, 0) - coalesce(discount_cents, 0)) * 0.01 as numeric(38, 9))
            as difference_amount,
        changed_at,
        staged_at
    from typed

)

select * from final
