{%- set fields = {
    "item_index": field("integer", "orderItemIndex"),
    "sku_id": field("id", "id"),
    "condition": field("text", "condition"),
    "reason": field("text", "returnReason.reason"),
    "quantity": field("quantity", "quantity"),
    "price_cents": field("price", "sellingPrice"),
    "tax_cents": field("price", "tax"),
} -%}
{%- set refund_fields = {
    "item_index": field("integer", "orderItemIndex"),
    "sku_id": field("id", "id"),
    "quantity": field("quantity", "quantity"),
    "price_cents": field("price", "price"),
    "fee_cents": field("price", "restockFee"),
} -%}
{#- Returns are few, and a newer version can have fewer lines: unfolded anew. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["return_id"],
    meta={"scans_whole": {"*": "returns are few, and unfolded anew"}}
) }}

with

returns as (

    select
        return_id,
        items,
        refund_items
    from {{ ref("cleansed_returns") }}
    where is_current

),

parsed as (

    {{ parsed_elements("returns", "items", ["return_id"], fields) | indent(4) }}

),

requested as (

    select
        return_id,
        position,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

numbered as (

    -- A line of the order can be listed twice: what is refunded of it is booked once, on the first.
    select
        *,
        row_number() over (partition by return_id, item_index order by position) as listing_number
    from requested

),

parsed_refunds as (

    {{ parsed_elements("returns", "refund_items", ["return_id"], refund_fields) | indent(4) }}

),

typed_refunds as (

    select
        return_id,
        {{ typed_fields(refund_fields) | indent(8) }}
    from parsed_refunds

),

refunds as (

    select
        return_id,
        item_index,
        1 as listing_number,
        min(sku_id) as sku_id,
        sum(coalesce(quantity, 0)) as unit_count,
        sum(coalesce(price_cents, 0) * 0.01 * coalesce(quantity, 0) - coalesce(fee_cents, 0) * 0.01) as amount
    from typed_refunds
    group by return_id, item_index

),

joined as (

    select
        numbered.position,
        numbered.condition,
        numbered.reason,
        numbered.quantity,
        numbered.price_cents,
        numbered.tax_cents,
        refunds.unit_count,
        refunds.amount,
        coalesce(numbered.return_id, refunds.return_id) as return_id,
        coalesce(numbered.item_index, refunds.item_index) as item_index,
        coalesce(numbered.sku_id, refunds.sku_id) as sku_id
    from numbered
    -- A refund can name a line that was not asked for: its money went back all the same.
    full outer join refunds
        on
            numbered.return_id = refunds.return_id
            and numbered.item_index = refunds.item_index
            and numbered.listing_number = refunds.listing_number

),

final as (

    select
        return_id,
        cast(
            row_number() over (partition by return_id order by position nulls last, item_index nulls last)
            as {{ dbt.type_bigint() }}
        ) as return_line_number,
        item_index + 1 as line_number,
        sku_id,
        condition as item_condition,
        reason,
        coalesce(quantity, 0) as requested_unit_count,
        cast(
            round((coalesce(price_cents, 0) + coalesce(tax_cents, 0)) * 0.01 * coalesce(quantity, 0), 2)
            as numeric(38, 9)
        ) as requested_amount,
        cast(unit_count as numeric(38, 9)) as refunded_unit_count,
        cast(round(amount, 2) as numeric(38, 9)) as refunded_amount
    from joined

)

select * from final
