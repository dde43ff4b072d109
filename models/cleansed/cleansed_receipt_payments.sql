{%- set fields = {
    "payment_method": field("text", "tipo"),
    "paid_amount": field("number", "valor"),
} -%}
{{ config(
    unique_key="receipt_id",
    cluster_by=["receipt_id"],
    post_hook="{{ delete_superseded('cleansed_receipts') }}",
    meta=unfolds_documents("cleansed_receipts")
) }}

with

{{ receipt_documents("payments") }}

parsed as (

    {{ parsed_elements("documents", "payments", ["receipt_id", "message_id", "staged_at"], fields) | indent(4) }}

),

typed as (

    select
        receipt_id,
        message_id,
        staged_at,
        position,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

final as (

    select
        message_id,
        receipt_id,
        position + 1 as payment_number,
        coalesce(payment_method, 'unknown') as payment_method,
        coalesce(paid_amount, 0) as paid_amount,
        staged_at
    from typed

)

select * from final
