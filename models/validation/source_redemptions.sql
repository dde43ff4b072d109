{#- What the reconciliation expects of coupons used at tills: read from raw by other means than staging's. -#}
{{ config(database="vitrine_pii" if target.type == "duckdb" else target.database) }}

with

messages as (

    -- What is no JSON has no id; the ledger accounts for it.
    select
        message_id,
        case when {{ is_json_object("data") | indent(8) }} then data end as data
    from {{ source("raw", "marketing_coupon_redemptions") }}

),

final as (

    select distinct
        message_id,
        {{ source_redemption_id("data") }} as redemption_id
    from messages

)

select * from final
