{%- set fields = {
    "line_id": field("text", "uniqueId"),
    "sku_id": field("id", "id"),
    "product_id": field("id", "productId"),
    "seller_id": field("id", "seller"),
    "item_name": field("text", "name"),
    "reference_id": field("text", "refId"),
    "ean": field("text", "ean"),
    "measurement_unit": field("text", "measurementUnit"),
    "quantity": field("quantity", "quantity"),
    "unit_multiplier": field("multiplier", "unitMultiplier"),
    "price_cents": field("price", "price"),
    "list_price_cents": field("price", "listPrice"),
    "price_tags": field("array", "priceTags"),
    "attachments": field("array", "attachments"),
    "is_gift": field("boolean", "isGift"),
} -%}
{{ config(
    unique_key="order_id",
    cluster_by=["order_id"],
    post_hook="{{ delete_superseded() }}",
    meta=unfolds_orders()
) }}

with

{{ order_documents("items") }}

parsed as (

    {{ parsed_elements("documents", "items", ["order_id", "message_id", "staged_at"], fields) | indent(4) }}

),

typed as (

    select
        order_id,
        message_id,
        staged_at,
        position + 1 as line_number,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

priced as (

    select
        *,
        coalesce(quantity, 0) as unit_count,
        -- A multiplier is a decimal in practice: weighed goods are sold by the fraction.
        coalesce(quantity, 0) * coalesce(unit_multiplier, 1) as measured_quantity,
        cast(coalesce(price_cents, 0) * 0.01 as numeric(38, 9)) as unit_price_amount,
        cast(coalesce(list_price_cents, price_cents, 0) * 0.01 as numeric(38, 9)) as list_price_amount
    from typed

),

grossed as (

    select
        *,
        -- `sellingPrice` is rounded by the source: the exact line is price x quantity x multiplier + price tags.
        cast(
            cast(unit_price_amount * unit_count as numeric(38, 9))
            * coalesce(unit_multiplier, 1) as numeric(38, 9)
        ) as exact_gross_amount
    from priced

),

final as (

    select
        message_id,
        order_id,
        line_number,
        line_id,
        sku_id,
        product_id,
        seller_id,
        item_name,
        reference_id,
        ean,
        measurement_unit,
        unit_count,
        cast(measured_quantity as numeric(38, 9)) as measured_quantity,
        unit_price_amount,
        list_price_amount,
        cast(round(exact_gross_amount, 2) as numeric(38, 9)) as gross_amount,
        cast(
            round(
                exact_gross_amount
                + coalesce({{ price_tags_amount("price_tags", "exact_gross_amount", "price") | indent(16) }}, 0),
                2
            ) as numeric(38, 9)
        ) as line_amount,
        coalesce(is_gift, false) as is_gift,
        coalesce(attachments like '%"vtex.subscription.%', false) as is_subscription,
        staged_at
    from grossed

)

select * from final
