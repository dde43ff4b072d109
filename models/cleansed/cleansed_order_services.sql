{%- set line_fields = {
    "services": field("array", "bundleItems"),
} -%}
{%- set fields = {
    "service_id": field("id", "id"),
    "service_name": field("text", "name"),
    "quantity": field("quantity", "quantity"),
    "price_cents": field("price", "price"),
} -%}
{{ config(
    unique_key="order_id",
    cluster_by=["order_id"],
    post_hook="{{ delete_superseded() }}",
    meta=unfolds_orders()
) }}

with

{{ order_lines(line_fields) }}

parsed as (

    {{ parsed_elements(
        "lines", "services", ["order_id", "message_id", "staged_at", "line_number"], fields
    ) | indent(4) }}

),

typed as (

    select
        order_id,
        message_id,
        staged_at,
        line_number,
        position,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

final as (

    select
        message_id,
        order_id,
        line_number,
        position + 1 as service_number,
        service_id,
        service_name,
        coalesce(quantity, 0) as unit_count,
        cast(coalesce(price_cents, 0) * 0.01 as numeric(38, 9)) as unit_price_amount,
        cast(round(coalesce(price_cents, 0) * 0.01 * coalesce(quantity, 0), 2) as numeric(38, 9)) as service_amount,
        staged_at
    from typed

)

select * from final
