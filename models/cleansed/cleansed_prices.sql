{{ config(unique_key="sku_id", cluster_by=["sku_id"], meta=reads_history("stg_vtex__prices")) }}

with

{{ document_versions(ref("stg_vtex__prices"), "sku_id", "published_at") }}

final as (

    select
        message_id,
        content_hash,
        sku_id,
        fixed_prices,
        base_price_amount,
        list_price_amount,
        cost_price_amount,
        markup_percent,
        valid_to is null as is_current,
        valid_from,
        valid_to,
        last_staged_at as staged_at
    from dated

)

select * from final
