{%- set line_fields = {
    "line_quantity": field("quantity", "quantity"),
    "components": field("array", "components"),
} -%}
{%- set fields = {
    "sku_id": field("id", "id"),
    "product_id": field("id", "productId"),
    "reference_id": field("text", "refId"),
    "item_name": field("text", "name"),
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
        "lines", "components", ["order_id", "message_id", "staged_at", "line_number", "line_quantity"], fields
    ) | indent(4) }}

),

typed as (

    select
        order_id,
        message_id,
        staged_at,
        line_number,
        line_quantity,
        position,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

final as (

    select
        message_id,
        order_id,
        line_number,
        position + 1 as component_number,
        sku_id,
        product_id,
        reference_id,
        item_name,
        -- A component's quantity is that of one kit.
        cast(coalesce(quantity, 0) * coalesce(line_quantity, 0) as numeric(38, 9)) as unit_count,
        cast(coalesce(price_cents, 0) * 0.01 as numeric(38, 9)) as unit_price_amount,
        staged_at
    from typed

)

select * from final
