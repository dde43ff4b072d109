{#- What documents have that nobody knows: neither a staging model reads it, nor does a seed list it. What was staged
    since the last build is looked at, and no value of it goes anywhere. Below what is unknown nobody looks. -#}
{{ config(
    database="vitrine_pii" if target.type == "duckdb" else target.database,
    materialized="incremental",
    incremental_strategy="append",
    partition_by=partitioned_by("staged_at", "timestamp", "day"),
    on_schema_change="fail",
) }}
{%- set document = ["contract", "message_id", "landed_at", "staged_at", "json_path", "json_type", "levels"] -%}

with recursive

staged as (

    {% for contract in staged_contracts() %}
    -- A message that is landed, or staged, once more was looked at.
    select
        '{{ contract.name }}' as contract,
        rows_of_staging.message_id,
        min(rows_of_staging.landed_at) as landed_at,
        min(rows_of_staging.staged_at) as staged_at
    from {{ ref(contract.staging) }} as rows_of_staging
    {%- if contract.name in var("sampled_contracts") %}
    where {{ dbt.hash("rows_of_staging.message_id") }} < '{{ var("sampled_contracts")[contract.name] }}'
    {%- endif %}
    group by rows_of_staging.message_id
    {%- if is_incremental() %}
    -- Qualified, as BigQuery would take the aggregates' names.
    having
        min(rows_of_staging.staged_at) > (
            select coalesce(max(looked_at.staged_at), cast('1900-01-01' as timestamp))
            from {{ this }} as looked_at
            where looked_at.contract = '{{ contract.name }}'
        )
        and rows_of_staging.message_id not in (
            select looked_at.message_id
            from {{ this }} as looked_at
            where looked_at.contract = '{{ contract.name }}' and looked_at.json_path = ''
        )
    {%- endif %}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

documents as (

    {% for contract in staged_contracts() %}
    select
        staged.contract,
        staged.message_id,
        staged.landed_at,
        staged.staged_at,
        messages.data
    from {{ source("raw", contract.raw) }} as messages
    inner join staged
        on messages.message_id = staged.message_id and cast(messages.landed_at as timestamp) = staged.landed_at
    where
        staged.contract = '{{ contract.name }}'
        {%- if contract.name in var("sampled_contracts") %}
        -- Said of raw, too: payloads of others need not be joined.
        and {{ dbt.hash("messages.message_id") }} < '{{ var("sampled_contracts")[contract.name] }}'
        {%- endif %}
        -- A greater one is no shop's: it would only take its time. In `case`: only of what is looked at.
        and case when staged.message_id is not null then length(messages.data) < 200000 end
    {%- if is_incremental() %}
        -- What was staged since: payloads from before are not read.
        and messages.landed_at >= {{ constant(
            "select min(landed_at) from " ~ ref(contract.staging) ~ " where staged_at > (select coalesce(max(staged_at), "
            ~ "cast('1900-01-01' as timestamp)) from " ~ this ~ " where contract = '" ~ contract.name ~ "')"
        ) }}
    {%- endif %}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

json_types as (

    {% for json_type in ["object", "array", "string", "number", "boolean", "null"] %}
    select '{{ json_type }}' as json_type
    {{ "union all" if not loop.last }}
    {% endfor %}

),

known as (

    select distinct
        known_fields.contract,
        known_fields.json_path,
        json_types.json_type,
        known_fields.json_type = json_types.json_type and json_types.json_type in ('object', 'array') as is_open
    from {{ ref("known_fields") }} as known_fields
    cross join json_types
    where known_fields.json_type in (json_types.json_type, 'any') or json_types.json_type = 'null'

),

nodes as (

    select
        contract,
        message_id,
        landed_at,
        staged_at,
        '' as json_path,
        'object' as json_type,
        0 as levels,
        {{ json_document("data") | indent(8) }} as json_value,
        true as is_known
    from documents
    union all
    select
        members.contract,
        members.message_id,
        members.landed_at,
        members.staged_at,
        members.json_path,
        members.member_type as json_type,
        members.levels,
        case when known.is_open and members.levels < 12 then members.member_value end as json_value,
        known.json_path is not null as is_known
    from (
        select
            contract,
            message_id,
            landed_at,
            staged_at,
            case
                when json_type = 'array' then json_path || '[]'
                when json_path = '' then step
                else json_path || '.' || step
            end as json_path,
            levels + 1 as levels,
            member_type,
            member_value
        from (
            select
                *,
                -- A name may be somebody's: what does not look like a field's is not told.
                case
                    when
                        {{ matches("member_key", "^[A-Za-z_][A-Za-z0-9_-]*$") }}
                        and not {{ matches("member_key", "[0-9]{5}|.{65}") }}
                        then member_key
                    else '*'
                end as step
            from (
                {{ json_members("nodes", document) | indent(16) }}
            ) as all_members
        ) as steps
    ) as members
    left join known
        on
            members.contract = known.contract
            and members.json_path = known.json_path
            and members.member_type = known.json_type

),

final as (

    -- A document itself is kept, too: it tells what was looked at.
    select
        contract,
        message_id,
        json_path,
        json_type,
        min(landed_at) as landed_at,
        min(staged_at) as staged_at
    from nodes
    where not is_known or levels = 0
    group by contract, message_id, json_path, json_type
    -- Keys that are data would be fields without end.
    qualify dense_rank() over (partition by contract order by json_path, json_type) <= 1000

)

select * from final
