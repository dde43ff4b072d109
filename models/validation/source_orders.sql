{#- What the reconciliation expects: read from raw by other means than staging's, and by none of its models. -#}
{{ config(
    database="vitrine_pii" if target.type == "duckdb" else target.database,
    materialized="incremental",
    incremental_strategy="append",
    partition_by=partitioned_by("landed_at", "timestamp", "day"),
    cluster_by=["message_id"],
    on_schema_change="fail",
    meta={"scans_whole": {"itself": "the newest time it has, one narrow column"}}
) }}

with

messages as (

    select
        message_id,
        data,
        publish_time,
        cast(landed_at as timestamp) as landed_at
    from {{ source("raw", "vtex_orders") }}
    {%- if is_incremental() %}
    where
        {{ unread_batches(source("raw", "vtex_orders")) }}
    {%- endif %}

),

{{ source_order_figures("messages") }},

final as (

    select
        message_id,
        order_id,
        status,
        cast(line_count as {{ dbt.type_bigint() }}) as line_count,
        cast(unit_count as numeric(38, 9)) as unit_count,
        cast(total_amount as numeric(38, 9)) as total_amount,
        cast(items_amount as numeric(38, 9)) as items_amount,
        cast(discounts_amount as numeric(38, 9)) as discounts_amount,
        cast(shipping_amount as numeric(38, 9)) as shipping_amount,
        cast(tax_amount as numeric(38, 9)) as tax_amount,
        cast(line_amount as numeric(38, 9)) as line_amount,
        cast(service_amount as numeric(38, 9)) as service_amount,
        cast(package_count as {{ dbt.type_bigint() }}) as package_count,
        cast(invoice_amount as numeric(38, 9)) as invoice_amount,
        cast(payment_count as {{ dbt.type_bigint() }}) as payment_count,
        cast(paid_amount as numeric(38, 9)) as paid_amount,
        cast(changed_at as timestamp) as changed_at,
        cast(publish_time as timestamp) as published_at,
        landed_at
    from figures
    -- A message can be landed more than once; once, the first time, is enough here.
    qualify row_number() over (partition by message_id order by landed_at) = 1

)

select * from final
