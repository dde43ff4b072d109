{#- What the reconciliation expects of returns: read from raw by other means than staging's. -#}
{{ config(database="vitrine_pii" if target.type == "duckdb" else target.database) }}

with

messages as (

    -- What is no JSON has no figures; the ledger accounts for it.
    select
        message_id,
        publish_time,
        case when {{ is_json_object("data") | indent(8) }} then data end as data
    from {{ source("raw", "vtex_returns") }}

),

figures as (

    {{ source_return_figures("messages") | indent(4) }}

),

final as (

    select
        message_id,
        return_id,
        status,
        cast(
            case when status = 'amountRefunded' then coalesce(refund_amount, asked_amount, 0) else 0 end
            as numeric(38, 9)
        ) as returned_amount,
        cast(publish_time as timestamp) as published_at
    from figures
    -- A message can be landed twice; once is enough here.
    qualify row_number() over (partition by message_id order by publish_time) = 1

)

select * from final
