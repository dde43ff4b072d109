{%- set fields = {
    "package_type": field("text", "type"),
    "invoice_number": field("id", "invoiceNumber"),
    "carrier": field("text", "courier"),
    "invoice_cents": field("number", "invoiceValue"),
    "items": field("array", "items"),
    "is_finished": field("boolean", "courierStatus.finished"),
    "issued_at": field("time", "issuanceDate"),
    "delivered_at": field("time", "courierStatus.deliveredDate"),
} -%}
{{ config(
    unique_key="order_id",
    cluster_by=["order_id"],
    post_hook="{{ delete_superseded() }}",
    meta=unfolds_orders()
) }}

with

{{ order_documents("packages") }}

parsed as (

    {{ parsed_elements("documents", "packages", ["order_id", "message_id", "staged_at"], fields) | indent(4) }}

),

typed as (

    select
        order_id,
        message_id,
        staged_at,
        position + 1 as package_number,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

final as (

    select
        message_id,
        order_id,
        package_number,
        invoice_number,
        coalesce(lower(package_type) = 'input', false) as is_return,
        trim(carrier) as carrier,
        items,
        cast(coalesce(invoice_cents, 0) * 0.01 as numeric(38, 9)) as invoice_amount,
        is_finished is not null as is_tracked,
        coalesce(is_finished, false) as is_delivered,
        issued_at,
        -- A date that was never set is the first day of year 1.
        case when is_finished and delivered_at >= cast('1900-01-01' as timestamp) then delivered_at end as delivered_at,
        staged_at
    from typed

)

select * from final
