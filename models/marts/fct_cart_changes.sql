{{ config(partition_by=partitioned_by("occurred_date", "date", "month"), cluster_by=["customer_id", "sku_id"]) }}

with

lines as (

    select * from {{ ref("cleansed_cart_lines") }}

),

events as (

    select * from {{ ref("fct_storefront_events") }}

),

final as (

    select
        cast(lines.event_id as {{ dbt.type_string() }}) as event_id,
        cast(lines.line_number as {{ dbt.type_bigint() }}) as line_number,
        cast(events.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(events.session_id as {{ dbt.type_string() }}) as session_id,
        cast(lines.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(lines.product_id as {{ dbt.type_string() }}) as product_id,
        cast(events.activity as {{ dbt.type_string() }}) as activity,
        cast(lines.currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(lines.unit_count as numeric(38, 9)) as unit_count,
        cast(lines.unit_price_amount as numeric(38, 9)) as unit_price_amount,
        lines.is_whole_cart,
        events.is_bot,
        events.occurred_date,
        events.occurred_at
    from lines
    inner join events on lines.event_id = events.event_id

)

select * from final
{{ ordered_by(["customer_id nulls last", "occurred_at", "event_id", "line_number"]) }}
