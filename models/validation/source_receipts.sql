{#- What the reconciliation expects of receipts: read from raw by other means than staging's. -#}
{{ config(
    database="vitrine_pii" if target.type == "duckdb" else target.database,
    materialized="incremental",
    incremental_strategy="append",
    partition_by=partitioned_by("landed_at", "timestamp", "day"),
    cluster_by=["message_id"],
    on_schema_change="fail",
    meta={"scans_whole": {"itself": "the newest time it has, one narrow column"}}
) }}
{%- set amounts = [
    "total_amount", "unit_count", "gross_amount", "discount_amount", "coupon_amount", "line_amount", "paid_amount",
] -%}

with

messages as (

    -- What is no JSON has no figures; the ledger accounts for it.
    select
        message_id,
        publish_time,
        cast(landed_at as timestamp) as landed_at,
        case when {{ is_json_object("data") | indent(8) }} then data end as data
    from {{ source("raw", "pos_receipts") }}
    {%- if is_incremental() %}
    where
        {{ unread_batches(source("raw", "pos_receipts")) }}
    {%- endif %}

),

{{ source_receipt_figures("messages") }},

final as (

    select
        message_id,
        receipt_id,
        store_id,
        left(written_at, 10) as written_date,
        has_till_customer,
        line_count,
        payment_count,
        {%- for amount in amounts %}
        cast(coalesce({{ amount }}, 0) as numeric(38, 9)) as {{ amount }},
        {%- endfor %}
        {{ utc_timestamp("written_at") | indent(8) }} as sold_at,
        cast(publish_time as timestamp) as published_at,
        landed_at
    from figures
    -- A message can be landed more than once; once, the first time, is enough here.
    qualify row_number() over (partition by message_id order by landed_at) = 1

)

select * from final
