{%- set fields = {
    "stated_sku_id": field("id", ["skuId", "sku", "item_variant"]),
    "stated_product_id": field("id", ["productId", "item_id", "product"]),
    "stated_id": field("id", "id"),
    "quantity": field("quantity", "quantity"),
    "price": field("price", ["price", "sellingPrice"]),
    "price_is_in_cents": field("boolean", "priceIsInt"),
} -%}
{%- set events = ref("cleansed_storefront_events") -%}
{{ config(
    unique_key="event_id",
    cluster_by=["event_id"],
    post_hook="{{ delete_superseded('cleansed_storefront_events') }}",
    meta={"scans_whole": {
        "itself": "old rows are found by key, in two narrow columns; the deletes then name their partitions",
        "cleansed_storefront_events": "which message each event is made of, one narrow column",
    }}
) }}

with

events as (

    select
        event_id,
        message_id,
        version_staged_at,
        staged_at
    from {{ events }}
    where cart_effect is not null and {{ not_seen() }}

),

documents as (

    select
        events.event_id,
        events.message_id,
        events.staged_at,
        staged.activity,
        staged.cart_effect,
        staged.currency_code,
        staged.cart_lines
    from events
    inner join {{ ref("stg_storefront__events") }} as staged
        on
            events.message_id = staged.message_id
            and events.version_staged_at = staged.staged_at
    -- An old message that is still the newest was unfolded when it was new; one landed twice says the same.
    where {{ not_seen("staged.staged_at") }}
    qualify row_number() over (partition by events.event_id order by events.message_id) = 1

),

parsed as (

    {{ parsed_elements(
        "documents", "cart_lines",
        ["event_id", "message_id", "staged_at", "activity", "cart_effect", "currency_code"], fields
    ) | indent(4) }}

),

typed as (

    select
        event_id,
        message_id,
        staged_at,
        activity,
        cart_effect,
        currency_code,
        position + 1 as line_number,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

final as (

    select
        message_id,
        event_id,
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
        cart_effect = 'whole' as is_whole_cart,
        staged_at
    from typed

)

select * from final
