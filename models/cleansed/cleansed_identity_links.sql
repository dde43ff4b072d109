{#- Who a document belongs to can change with any other document, so people are drawn anew from narrow columns. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["identifier_id"],
    meta={"scans_whole": {"*": "drawn anew from narrow columns"}}
) }}
{%- set nothing = "cast(null as " ~ dbt.type_string() ~ ")" -%}

with

documents as (

    -- What a document said before it was corrected counts no more.
    select
        profile_id,
        {{ nothing }} as client_id,
        {{ nothing }} as owner_id,
        {{ nothing }} as till_customer_id,
        document_hash,
        email_hash,
        phone_hash
    from {{ ref("cleansed_orders") }}
    union all
    select
        profile_id,
        client_id,
        {{ nothing }} as owner_id,
        {{ nothing }} as till_customer_id,
        document_hash,
        email_hash,
        phone_hash
    from {{ ref("cleansed_clients") }}
    where is_current
    union all
    -- An address names its owner by profile id or by client id and does not say which.
    select
        {{ nothing }} as profile_id,
        {{ nothing }} as client_id,
        profile_id as owner_id,
        {{ nothing }} as till_customer_id,
        {{ nothing }} as document_hash,
        {{ nothing }} as email_hash,
        {{ nothing }} as phone_hash
    from {{ ref("cleansed_addresses") }}
    union all
    -- Nor does a storefront's user.
    select
        {{ nothing }} as profile_id,
        {{ nothing }} as client_id,
        owner_id,
        {{ nothing }} as till_customer_id,
        document_hash,
        email_hash,
        phone_hash
    from {{ ref("cleansed_storefront_events") }}
    where own_user_id is not null
    union all
    select
        {{ nothing }} as profile_id,
        {{ nothing }} as client_id,
        {{ nothing }} as owner_id,
        till_customer_id,
        document_hash,
        {{ nothing }} as email_hash,
        phone_hash
    from {{ ref("cleansed_till_mentions") }}

),

combinations as (

    select distinct
        *,
        {{ surrogate_key(
            ["profile_id", "client_id", "owner_id", "till_customer_id", "document_hash", "email_hash", "phone_hash"]
        ) }} as link_id
    from documents

),

-- The order in which a type names its customer.
types as (

    {%- for name in ["profile_id", "client_id", "owner_id", "till_customer_id", "document", "email", "phone"] %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        {{ loop.index }} as type_rank,
        '{{ name }}' as identifier_type
    {%- endfor %}

),

mentions as (

    select
        combinations.link_id,
        case types.identifier_type
            when 'profile_id' then combinations.profile_id
            when 'client_id' then combinations.client_id
            when 'owner_id' then combinations.owner_id
            when 'till_customer_id' then 'till-' || combinations.till_customer_id
            when 'document' then 'document-' || combinations.document_hash
            when 'email' then 'email-' || combinations.email_hash
            when 'phone' then 'phone-' || combinations.phone_hash
        end as identifier_id,
        types.type_rank,
        combinations.document_hash,
        combinations.profile_id,
        combinations.till_customer_id
    from combinations
    cross join types

),

identifiers as (

    -- One id can be a profile's in one document and an owner's in another: the most telling type holds.
    select
        identifier_id,
        min(type_rank) as type_rank,
        count(distinct document_hash) as document_count,
        -- A document is shared by the web's accounts, or by the tills' registers.
        greatest(count(distinct profile_id), count(distinct till_customer_id)) as account_count
    from mentions
    where identifier_id is not null
    group by identifier_id

),

final as (

    select distinct
        mentions.link_id,
        mentions.identifier_id,
        types.identifier_type,
        types.type_rank,
        case types.identifier_type when 'document' then identifiers.account_count else identifiers.document_count end
        > {{ var("people_per_identifier") }} as is_shared
    from mentions
    inner join identifiers on mentions.identifier_id = identifiers.identifier_id
    inner join types on identifiers.type_rank = types.type_rank

)

select * from final
