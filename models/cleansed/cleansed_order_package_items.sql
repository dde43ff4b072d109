{%- set fields = {
    "item_index": field("integer", "itemIndex"),
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

packages as (

    select
        order_id,
        message_id,
        package_number,
        items,
        staged_at
    from {{ ref("cleansed_order_packages") }}
    where {{ not_seen() }}

),

parsed as (

    {{ parsed_elements(
        "packages", "items", ["order_id", "message_id", "package_number", "staged_at"], fields
    ) | indent(4) }}

),

typed as (

    select
        order_id,
        message_id,
        package_number,
        staged_at,
        position,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

final as (

    select
        message_id,
        order_id,
        package_number,
        position + 1 as package_line_number,
        item_index + 1 as line_number,
        coalesce(quantity, 0) as unit_count,
        cast(coalesce(price_cents, 0) * 0.01 as numeric(38, 9)) as unit_price_amount,
        staged_at
    from typed

)

select * from final
