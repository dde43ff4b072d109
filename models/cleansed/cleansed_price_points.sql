{%- set fields = {
    "trade_policy_id": field("id", "tradePolicyId"),
    "minimum_quantity": field("integer", "minQuantity"),
    "price_amount": field("number", "value"),
    "list_price_amount": field("number", "listPrice"),
    "begins_at": field("time", "dateRange.from"),
    "ends_at": field("time", "dateRange.to"),
} -%}
{{ config(unique_key="sku_id", cluster_by=["sku_id"], meta=unfolded_history()) }}

with

documents as (

    -- What was staged for a SKU renumbers all its versions, so they are here together.
    select
        sku_id,
        fixed_prices,
        base_price_amount,
        list_price_amount,
        cost_price_amount,
        row_number() over (partition by sku_id order by valid_from) as version_number,
        valid_from,
        valid_to,
        staged_at
    from {{ ref("cleansed_prices") }}
    where {{ not_seen() }}

),

parsed as (

    {{ parsed_elements(
        "documents", "fixed_prices", ["sku_id", "version_number", "cost_price_amount", "valid_from", "valid_to", "staged_at"], fields
    ) | indent(4) }}

),

fixed as (

    select
        sku_id,
        version_number,
        cost_price_amount,
        valid_from,
        valid_to,
        staged_at,
        position,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

points as (

    select
        sku_id,
        'base' as price_type,
        cast(null as {{ dbt.type_string() }}) as trade_policy_id,
        cast(null as {{ dbt.type_bigint() }}) as minimum_quantity,
        base_price_amount as price_amount,
        list_price_amount,
        cost_price_amount,
        cast(null as timestamp) as begins_at,
        cast(null as timestamp) as ends_at,
        1 as series_number,
        version_number,
        valid_from,
        valid_to,
        staged_at
    from documents
    union all
    select
        sku_id,
        'fixed' as price_type,
        trade_policy_id,
        minimum_quantity,
        price_amount,
        list_price_amount,
        cost_price_amount,
        begins_at,
        ends_at,
        -- Nothing keeps a document from stating one policy, quantity and range twice.
        row_number() over (
            partition by sku_id, version_number, trade_policy_id, minimum_quantity, begins_at, ends_at
            order by position
        ) as series_number,
        version_number,
        valid_from,
        valid_to,
        staged_at
    from fixed
    where price_amount is not null

),

final as (

    select
        {{ surrogate_key([
            "sku_id", "price_type", "trade_policy_id", "minimum_quantity", "begins_at", "ends_at", "series_number",
        ]) }} as price_series_id,
        sku_id,
        price_type,
        trade_policy_id,
        minimum_quantity,
        price_amount,
        list_price_amount,
        cost_price_amount,
        begins_at,
        ends_at,
        version_number,
        valid_from,
        valid_to,
        staged_at
    from points

)

select * from final
