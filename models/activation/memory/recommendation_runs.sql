{{ config(pre_hook="{% do forget_run_date(var('recommendation_memory_days')) %}") }}

{%- set contracts = recommendation_contracts() %}

with

landed as (

    {% for contract in contracts %}
    select
        '{{ contract.name }}' as contract,
        max(landed_at) as landed_until
    from {{ ref(contract.staging) }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

final as (

    select
        cast(contract as {{ dbt.type_string() }}) as contract,
        {{ run_date() }} as run_date,
        {{ days_after(recommendation_cutoff(), -var("recommendation_days") + 1) }} as first_event_date,
        {{ recommendation_cutoff() }} as last_event_date,
        {{ as_of() }} as as_of,
        -- Of a contract of which nothing had landed, all comes later.
        cast(coalesce(landed_until, cast('1970-01-01 00:00:00' as timestamp)) as timestamp) as landed_until
    from landed

)

select * from final
