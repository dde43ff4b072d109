{#- Drawn anew: one late document can join groups. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["identifier_id"],
    meta={"scans_whole": {"*": "drawn anew from narrow columns"}}
) }}

with

links as (

    select * from {{ ref("cleansed_identity_links") }}
    where identifier_type <> 'phone'

),

overrides as (

    select * from {{ ref("customer_overrides") }}

),

splits as (

    select distinct identifier_b as identifier_id
    from overrides
    where action = 'split'

),

identifiers as (

    select distinct
        links.identifier_id,
        links.identifier_type,
        links.type_rank,
        links.is_shared,
        splits.identifier_id is not null as is_apart
    from links
    left join splits on links.identifier_id = splits.identifier_id

),

members as (

    select
        links.link_id,
        links.identifier_id as member
    from links
    inner join identifiers on links.identifier_id = identifiers.identifier_id
    where not identifiers.is_shared and not identifiers.is_apart
    union all
    select
        identifier_a || ' is ' || identifier_b as link_id,
        identifier_a as member
    from overrides
    where action = 'merge'
    union all
    select
        identifier_a || ' is ' || identifier_b as link_id,
        identifier_b as member
    from overrides
    where action = 'merge'

),

{{ connected("members") }}

final as (

    select
        identifiers.identifier_id,
        -- What is shared or set apart has no links: a group of its own.
        coalesce(grouped.group_label, {{ dbt.hash("identifiers.identifier_id") }}) as group_id,
        identifiers.identifier_type,
        identifiers.type_rank,
        identifiers.is_shared,
        identifiers.is_apart
    from identifiers
    left join grouped on identifiers.identifier_id = grouped.member

)

select * from final
