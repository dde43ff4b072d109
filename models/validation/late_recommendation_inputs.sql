{#- Days' recommendations were made without these: they landed when the run was over. A document that had landed before
    in another version was not missing. -#}
{%- set contracts = recommendation_contracts() %}

with

runs as (

    select * from {{ ref("recommendation_runs") }}

),

arrived as (

    {% for contract in contracts %}
    select
        runs.contract,
        runs.run_date,
        runs.landed_until,
        staged.{{ contract.key }} as document_id,
        staged.message_id,
        staged.landed_at
    from {{ ref(contract.staging) }} as staged
    inner join runs
        on
            staged.landed_at > runs.landed_until
            and {{ contract.event_date }} between runs.first_event_date and runs.last_event_date
    where runs.contract = '{{ contract.name }}' and staged.rejection_reason is null
    {{ "union all" if not loop.last }}
    {% endfor %}

),

first_arrived as (

    select * from arrived
    qualify
        row_number() over (partition by contract, run_date, document_id order by landed_at asc, message_id asc) = 1

),

known_before as (

    {% for contract in contracts %}
    select distinct
        first_arrived.contract,
        first_arrived.run_date,
        first_arrived.document_id
    from {{ ref(contract.staging) }} as staged
    inner join first_arrived on staged.{{ contract.key }} = first_arrived.document_id
    where
        first_arrived.contract = '{{ contract.name }}'
        and staged.landed_at <= first_arrived.landed_until
        and staged.rejection_reason is null
    {{ "union all" if not loop.last }}
    {% endfor %}

),

documents as (

    select
        'pos.receipt' as contract,
        receipt_id as document_id,
        store_id,
        currency_code,
        total_amount,
        sale_date as event_date
    from {{ ref("fct_receipts") }}
    union all
    select
        'vtex.order' as contract,
        order_id as document_id,
        store_id,
        currency_code,
        total_amount,
        order_date as event_date
    from {{ ref("fct_orders") }}
    where is_revenue
    union all
    select
        'storefront.event' as contract,
        event_id as document_id,
        cast(null as {{ dbt.type_string() }}) as store_id,
        cast(null as {{ dbt.type_string() }}) as currency_code,
        cast(null as numeric(38, 9)) as total_amount,
        occurred_date as event_date
    from {{ ref("fct_storefront_events") }}
    where activity in ('productClick', 'productView', 'addToCart') and not is_bot

),

final as (

    select
        first_arrived.contract,
        documents.store_id,
        first_arrived.document_id,
        first_arrived.message_id,
        documents.currency_code,
        documents.total_amount,
        first_arrived.run_date,
        documents.event_date,
        first_arrived.landed_at
    from first_arrived
    inner join documents
        on first_arrived.contract = documents.contract and first_arrived.document_id = documents.document_id
    left join known_before
        on
            first_arrived.contract = known_before.contract
            and first_arrived.run_date = known_before.run_date
            and first_arrived.document_id = known_before.document_id
    where known_before.document_id is null

)

select * from final
