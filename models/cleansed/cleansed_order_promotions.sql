{%- set line_fields = {
    "quantity": field("quantity", "quantity"),
    "unit_multiplier": field("multiplier", "unitMultiplier"),
    "price_cents": field("price", "price"),
    "price_tags": field("array", "priceTags"),
} -%}
{%- set fields = {
    "promotion_id": field("id", "identifier"),
    "tag_name": field("text", "name"),
    "value_cents": field("number", "value"),
    "raw_value": field("number", "rawValue"),
    "rate": field("number", ["rawValue", "value"]),
    "is_percentual": field("boolean", "isPercentual"),
} -%}
{%- set promotion_fields = {
    "promotion_id": field("id", "id"),
    "promotion_name": field("text", "name"),
} -%}
{{ config(
    unique_key="order_id",
    cluster_by=["order_id"],
    post_hook="{{ delete_superseded() }}",
    meta=unfolds_orders()
) }}

with

{{ order_lines(line_fields, ["items", "promotions"]) }}

priced as (

    select
        *,
        cast(
            cast(cast(coalesce(price_cents, 0) * 0.01 as numeric(38, 9)) * coalesce(quantity, 0) as numeric(38, 9))
            * coalesce(unit_multiplier, 1) as numeric(38, 9)
        ) as exact_gross_amount
    from lines

),

parsed_tags as (

    {{ parsed_elements(
        "priced", "price_tags", ["order_id", "message_id", "staged_at", "line_number", "exact_gross_amount"], fields
    ) | indent(4) }}

),

tags as (

    select
        order_id,
        message_id,
        staged_at,
        line_number,
        exact_gross_amount,
        position + 1 as tag_number,
        {{ typed_fields(fields) | indent(8) }}
    from parsed_tags

),

bounded as (

    -- As far as a line reads its tags: what is greater is no discount of anything.
    select
        *,
        case when abs(value_cents) < 100000000000 then round(value_cents, 4) end as known_cents,
        case when abs(raw_value) < 1000000 then round(raw_value, 6) end as known_units,
        case when abs(rate) < 100 then round(rate, 6) end as known_rate
    from tags

),

amounts as (

    select
        *,
        {{ price_tag_kind("tag_name") | indent(8) }} as kind,
        cast(
            coalesce(
                case
                    when is_percentual then exact_gross_amount * known_rate
                    else coalesce(known_cents * 0.01, known_units)
                end,
                0
            ) as numeric(38, 9)
        ) as tag_amount
    from bounded

),

running as (

    select
        *,
        sum(tag_amount) over (
            partition by order_id, line_number, kind order by tag_number
            rows between unbounded preceding and current row
        ) as running_amount
    from amounts

),

based as (

    -- A line is rounded once, so its tags are rounded as they add up: their cents make the line's discount.
    select
        *,
        case when kind = 'price' then exact_gross_amount else 0 end as base_amount
    from running

),

parsed_promotions as (

    {{ parsed_elements("documents", "promotions", ["order_id"], promotion_fields) | indent(4) }}

),

typed_promotions as (

    select
        order_id,
        {{ typed_fields(promotion_fields) | indent(8) }}
    from parsed_promotions

),

promotions as (

    select
        order_id,
        promotion_id,
        min(promotion_name) as promotion_name
    from typed_promotions
    group by order_id, promotion_id

),

final as (

    select
        based.message_id,
        based.order_id,
        based.line_number,
        based.tag_number,
        based.promotion_id,
        promotions.promotion_name,
        based.tag_name,
        case when based.kind = 'price' then 'item' else based.kind end as kind,
        cast(
            round(based.base_amount + based.running_amount - based.tag_amount, 2)
            - round(based.base_amount + based.running_amount, 2) as numeric(38, 9)
        ) as discount_amount,
        coalesce(based.is_percentual, false) as is_percentual,
        based.staged_at
    from based
    left join promotions
        on
            based.order_id = promotions.order_id
            and based.promotion_id = promotions.promotion_id

)

select * from final
