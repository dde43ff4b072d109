{{ config(unique_key="return_id", cluster_by=["return_id"], meta=reads_history("stg_vtex__returns")) }}

with

{{ document_versions(ref("stg_vtex__returns"), "return_id", "published_at") }}

final as (

    select
        message_id,
        content_hash,
        return_id,
        order_id,
        sequence_id,
        refund_invoice_number,
        status,
        refund_method,
        currency_code,
        items,
        refund_items,
        statuses,
        requested_amount,
        refunded_shipping_amount,
        submitted_at,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
