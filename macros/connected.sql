{% macro connected(members) -%}
    {#- Connected components. `members` has `link_id` and `member`: what shares a link is one group, named by its smallest label.
        In each round a group takes the smallest label that any of its members meets in a link, so groups melt by
        multiples and chains of hundreds need 12 rounds. After two of them nearly all groups are whole: from there on groups
        are the members, of those links that still hold more than one. Every step reads the one before once (but for that
        second round), since BigQuery computes a CTE anew for each reader. A test fails if a shop needs more rounds. -#}
    {%- set whole = 2 -%}
    -- Many links say the same: whom a member meets is told once, by the first of them.
    round_0 as (
        select distinct
            hub as link_id,
            member,
            {{ dbt.hash("member") }} as label
        from (select member, min(member) over (partition by link_id) as hub from {{ members }}) as met
    ),
    {% for number in range(1, [var("identity_rounds"), whole] | max + 1) %}
    by_link_{{ number }} as (
        select link_id, member, label, min(label) over (partition by link_id) as near_label
        from {{ "apart" if number == whole + 1 else "round_" ~ (number - 1) }}
    ),
    by_member_{{ number }} as (
        select link_id, member, label, min(near_label) over (partition by member) as near_label from by_link_{{ number }}
    ),
    round_{{ number }} as {{ materialised() }}(
        select link_id, member, min(near_label) over (partition by label) as label from by_member_{{ number }}
    ),
    {%- if number == whole %}
    apart as (
        select distinct link_id, label as member, label
        from (
            select link_id, label, min(label) over (partition by link_id) <> max(label) over (partition by link_id) as is_apart
            from round_{{ whole }}
        ) as met
        where is_apart
    ),
    {%- endif %}
    {% endfor %}
    -- Every row of a member bears one label.
    melted as (
        select member, min(label) as label
        from {{ "apart" if var("identity_rounds") <= whole else "round_" ~ var("identity_rounds") }}
        group by member
    ),
    grouped as (
        select met.member, min(coalesce(melted.label, met.label)) as group_label
        from round_{{ whole }} as met
        left join melted on met.label = melted.member
        group by met.member
    ),
{%- endmacro %}
