{%- set sides = {
    "from_items": field("array", "from.items"),
    "to_items": field("array", "to.items"),
    "items": field("array", "items"),
} -%}
{%- set fields = {
    "sku_id": field("id", "id"),
    "quantity": field("quantity", "quantity"),
    "price_cents": field("price", "price"),
} -%}
{#- Changes are few, and a newer version can have fewer lines: unfolded anew. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["change_id"],
    meta={"scans_whole": {"*": "changes are few, and unfolded anew"}}
) }}

with

changes as (

    select
        change_id,
        added,
        removed,
        replaced
    from {{ ref("cleansed_order_changes") }}
    where is_current

),

{% for change_kind in ["added", "removed", "replaced"] %}
{{ change_kind }}_elements as (

    {{ exploded("changes", change_kind, ["change_id"]) | indent(4) }}

),
{% endfor %}

elements as (

    {% for change_kind in ["added", "removed", "replaced"] %}
    select
        change_id,
        '{{ change_kind }}' as change_kind,
        position,
        element
    from {{ change_kind }}_elements
    {{ "union all" if not loop.last }}
    {% endfor %}

),

parsed as (

    select
        *,
        {{ json_values("element", sides, is_element=true) | indent(8) }} as json_values
    from elements

),

typed as (

    select
        change_id,
        change_kind,
        position as operation_position,
        {{ typed_fields(sides) | indent(8) }}
    from parsed

),

sided as (

    {% for side, array in {"in": "to_items", "out": "from_items", "alone": "items"}.items() %}
    select
        change_id,
        change_kind,
        operation_position,
        '{{ side }}' as side,
        {{ array }} as items
    from typed
    {{ "union all" if not loop.last }}
    {% endfor %}

),

parsed_items as (

    {{ parsed_elements(
        "sided", "items", ["change_id", "change_kind", "operation_position", "side"], fields
    ) | indent(4) }}

),

typed_items as (

    select
        change_id,
        change_kind,
        operation_position,
        side,
        position,
        {{ typed_fields(fields) | indent(8) }}
    from parsed_items

),

final as (

    select
        change_id,
        cast(
            row_number() over (partition by change_id order by change_kind, operation_position, side, position)
            as {{ dbt.type_bigint() }}
        ) as change_line_number,
        change_kind,
        side = 'in' or (side = 'alone' and change_kind = 'added') as is_coming,
        sku_id,
        coalesce(quantity, 0) as unit_count,
        cast(coalesce(price_cents, 0) * 0.01 as numeric(38, 9)) as unit_price_amount
    from typed_items

)

select * from final
