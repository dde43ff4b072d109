{#- How late the shops' messages landed: a till can be offline for days. Of each contract its shop, its day and its
    time. -#}
{%- set contracts = {
    "pos.receipt": ("store_id", "sale_date", "sold_at"),
    "pos.operator": ("store_id", local_date("changed_at"), "changed_at"),
    "pos.customer": (none, local_date("changed_at"), "changed_at"),
    "marketing.campaign": (none, local_date("changed_at"), "changed_at"),
    "marketing.coupon_redemption": (none, "redeemed_date", "changed_at"),
} -%}

with

messages as (

    {% for contract in staged_contracts() if contract.name in contracts %}
    {%- set store_id, event_date, event_at = contracts[contract.name] %}
    select
        '{{ contract.name }}' as contract,
        message_id,
        min({{ store_id or "cast(null as " ~ dbt.type_string() ~ ")" }}) as store_id,
        min({{ event_date }}) as event_date,
        min({{ event_at }}) as event_at,
        -- A copy that was landed again was not late.
        min(landed_at) as landed_at
    from {{ ref(contract.staging) }}
    where rejection_reason is null
    group by message_id
    {{ "union all" if not loop.last }}
    {% endfor %}

),

timed as (

    select
        contract,
        store_id,
        event_date,
        landed_at,
        {{ epoch_micros("landed_at") }} - {{ epoch_micros("event_at") }} as micros_late,
        -- The night run of a day is on the morning after it.
        cast(
            {{ dbt.dateadd("hour", -var("night_run_hour"), local_timestamp("landed_at")) | indent(12) }} as date
        ) > event_date as is_after_night_run
    from messages

),

ranked as (

    select
        *,
        row_number() over (partition by contract, store_id, event_date order by micros_late asc) as place,
        count(*) over (partition by contract, store_id, event_date) as message_count
    from timed

),

days as (

    select
        contract,
        store_id,
        event_date,
        count(*) as message_count,
        count(case when is_after_night_run then 1 end) as late_count,
        -- The middle one, the earlier of two: the same on both engines.
        max(case when place * 2 in (message_count, message_count + 1) then micros_late end) as median_micros,
        max(micros_late) as maximum_micros,
        max(landed_at) as last_landed_at
    from ranked
    group by contract, store_id, event_date

),

final as (

    select
        contract,
        store_id,
        message_count,
        late_count,
        cast({{ whole_share("median_micros", "1", "36000000") }} * 0.01 as numeric(38, 9)) as median_hours_late,
        cast({{ whole_share("maximum_micros", "1", "36000000") }} * 0.01 as numeric(38, 9)) as maximum_hours_late,
        event_date,
        last_landed_at
    from days

)

select * from final
