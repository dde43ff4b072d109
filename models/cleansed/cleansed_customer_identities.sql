{#- Drawn anew: one late document can join customers, whose facts then bear another id. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["identifier_id"],
    meta={"scans_whole": {"*": "drawn anew from narrow columns"}}
) }}

with

links as (

    select * from {{ ref("cleansed_identity_links") }}

),

identifiers as (

    select
        *,
        -- 1 for a group that a document (CPF) vouches for.
        max(case when identifier_type = 'document' and not is_shared then 1 else 0 end) over (partition by group_id)
            as has_document
    from {{ ref("cleansed_identity_groups") }}

),

documented as (

    select distinct
        group_id,
        has_document
    from identifiers

),

-- Groups seen with each link's phone.
known as (

    select distinct
        links.link_id,
        identifiers.group_id,
        identifiers.has_document
    from links
    inner join identifiers on links.identifier_id = identifiers.identifier_id
    where not identifiers.is_shared and not identifiers.is_apart

),

phone_links as (

    select distinct
        links.identifier_id,
        links.type_rank,
        links.is_shared,
        known.group_id,
        known.has_document
    from links
    left join known on links.link_id = known.link_id
    where links.identifier_type = 'phone'

),

phones as (

    -- A phone of many is a shop's, and two documents are never one person by phone alone.
    select
        identifier_id,
        type_rank,
        max(is_shared)
        or count(group_id) > {{ var("people_per_identifier") }}
        or coalesce(sum(has_document), 0) > 1 as is_shared
    from phone_links
    group by identifier_id, type_rank

),

members as (

    select
        identifier_id as link_id,
        identifier_id as member
    from phones
    where not is_shared
    union all
    select
        phone_links.identifier_id as link_id,
        phone_links.group_id as member
    from phone_links
    inner join phones on phone_links.identifier_id = phones.identifier_id
    where not phones.is_shared and phone_links.group_id is not null

),

{{ connected("members") }}

joined as (

    -- Nor are two documents one person by a chain of phones.
    select
        grouped.member,
        grouped.group_label,
        sum(coalesce(documented.has_document, 0)) over (partition by grouped.group_label) <= 1 as is_one_person
    from grouped
    left join documented on grouped.member = documented.group_id

),

people as (

    select
        identifiers.identifier_id,
        identifiers.identifier_type,
        identifiers.type_rank,
        identifiers.is_shared,
        identifiers.is_apart,
        case when joined.is_one_person then joined.group_label else identifiers.group_id end as person_id
    from identifiers
    left join joined on identifiers.group_id = joined.member
    union all
    select
        phones.identifier_id,
        'phone' as identifier_type,
        phones.type_rank,
        not coalesce(joined.is_one_person, false) as is_shared,
        false as is_apart,
        case when joined.is_one_person then joined.group_label else phones.identifier_id end as person_id
    from phones
    left join joined on phones.identifier_id = joined.member

),

final as (

    select
        -- The smallest profile id; where there is none, the smallest id of the next type.
        substr(
            min(cast(type_rank as {{ dbt.type_string() }}) || identifier_id) over (partition by person_id), 2
        ) as customer_id,
        identifier_id,
        identifier_type,
        is_shared,
        is_apart
    from people

)

select * from final
