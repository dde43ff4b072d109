{#- What the reconciliation expects: read from raw by other means than staging's, and by none of its models. -#}
{{ config(
    database="vitrine_pii" if target.type == "duckdb" else target.database,
    materialized="incremental",
    incremental_strategy="append",
    partition_by=partitioned_by("landed_at", "timestamp", "day"),
    cluster_by=["message_id"],
    on_schema_change="fail",
    post_hook="{{ forget_superseded_figures() }}",
    meta={"scans_whole": {"itself": "the newest time it has, one narrow column; which documents are superseded, five"}}
) }}

{%- set rejected = "select message_id from " ~ ref("rejected_messages") ~ " where contract = 'vtex.order'" -%}
{%- set unread = unread_batches(source("raw", "vtex_orders"), rejected) if is_incremental() else "true" -%}

with

messages as (

    select
        message_id,
        data,
        publish_time,
        cast(landed_at as timestamp) as landed_at
    from {{ source("raw", "vtex_orders") }}
    where {{ unread }}

),

versions as (

    {{ source_order_versions("messages") | indent(4) }}

),

ranked as (

    -- Figures are those of the newest document of an order that was not rejected; of all it is one of these.
    select
        versions.*,
        case
            when
                rank() over (
                    partition by versions.order_id
                    order by
                        versions.changed_at desc nulls last,
                        versions.publish_time desc,
                        versions.message_id desc,
                        versions.landed_at asc
                ) = 1
                then versions.message_id
        end as newest_message_id
    from versions
    left join {{ ref("rejected_messages") }} as rejected
        on
            versions.message_id = rejected.message_id
            and rejected.contract = 'vtex.order'
    where rejected.message_id is null

),

newest as (

    select
        message_id,
        landed_at
    from ranked
    where newest_message_id is not null
    group by message_id, landed_at

),

payloads as (

    select
        messages.message_id,
        messages.data
    from (
        select
            message_id,
            data,
            cast(landed_at as timestamp) as landed_at
        from {{ source("raw", "vtex_orders") }}
        where {{ unread }}
    ) as messages
    inner join newest
        on
            messages.message_id = newest.message_id
            and messages.landed_at = newest.landed_at

),

{{ source_order_figures("payloads") }},

final as (

    select
        ranked.message_id,
        ranked.order_id,
        figures.status,
        cast(figures.line_count as {{ dbt.type_bigint() }}) as line_count,
        cast(figures.unit_count as numeric(38, 9)) as unit_count,
        cast(figures.total_amount as numeric(38, 9)) as total_amount,
        cast(figures.items_amount as numeric(38, 9)) as items_amount,
        cast(figures.discounts_amount as numeric(38, 9)) as discounts_amount,
        cast(figures.shipping_amount as numeric(38, 9)) as shipping_amount,
        cast(figures.tax_amount as numeric(38, 9)) as tax_amount,
        cast(figures.line_amount as numeric(38, 9)) as line_amount,
        cast(figures.service_amount as numeric(38, 9)) as service_amount,
        cast(figures.package_count as {{ dbt.type_bigint() }}) as package_count,
        cast(figures.invoice_amount as numeric(38, 9)) as invoice_amount,
        cast(figures.payment_count as {{ dbt.type_bigint() }}) as payment_count,
        cast(figures.paid_amount as numeric(38, 9)) as paid_amount,
        cast(ranked.changed_at as timestamp) as changed_at,
        cast(ranked.publish_time as timestamp) as published_at,
        ranked.landed_at
    from ranked
    left join figures on ranked.newest_message_id = figures.message_id
    -- A message can be landed more than once; once, the first time, is enough here.
    qualify row_number() over (partition by ranked.message_id order by ranked.landed_at) = 1

)

select * from final
