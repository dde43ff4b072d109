{% macro cart_lines(events, keep) -%}
    {#- One row per line of events that carry products (`cart_lines`, JSON), after `keep`: what it is, how many, at what
        price. -#}
    {%- set fields = {
        "stated_sku_id": field("id", ["skuId", "sku", "item_variant"]),
        "stated_product_id": field("id", ["productId", "item_id", "product"]),
        "stated_id": field("id", "id"),
        "quantity": field("quantity", "quantity"),
        "price": field("price", ["price", "sellingPrice"]),
        "price_is_in_cents": field("boolean", "priceIsInt"),
    } -%}
    select
        {{ keep | join(",\n        ") }},
        line_number,
        -- A plain `id` is a cart's SKU where the product has another, and an order's product where the SKU has.
        coalesce(stated_sku_id, case when stated_product_id is not null then stated_id end) as sku_id,
        coalesce(stated_product_id, case when stated_sku_id is not null then stated_id end) as product_id,
        coalesce(currency_code, '{{ var("default_currency") }}') as currency_code,
        -- Analytics leaves out a quantity of one.
        case when cart_effect = 'remove' then -coalesce(quantity, 1) else coalesce(quantity, 1) end as unit_count,
        -- The Pixel says which prices are in cents, but for a viewed cart, whose prices are the checkout's.
        cast(
            price * case when coalesce(price_is_in_cents, activity = 'viewCart') then 0.01 else 1 end as numeric(38, 9)
        ) as unit_price_amount,
        cart_effect = 'whole' as is_whole_cart
    from (
        select
            *,
            position + 1 as line_number,
            {{ typed_fields(fields) | indent(12) }}
        from (
            {{ parsed_elements(
                events, "cart_lines", keep + ["activity", "cart_effect", "currency_code"], fields
            ) | indent(12) }}
        ) as parsed_lines
    ) as typed_lines
{%- endmacro %}
