{% macro connected(members) -%}
    {#- Connected components. `members` has `link_id` and `member`: what shares a link is one group, named by its smallest label.
        In each round a group takes the smallest label that any of its members meets in a link, so groups melt by
        multiples and chains of hundreds need 12 rounds. Every step reads the one before once, since BigQuery computes a
        CTE anew for each reader. A test fails if a shop needs more rounds. -#}
    round_0 as (select link_id, member, {{ dbt.hash("member") }} as label from {{ members }}),
    {% for number in range(1, var("identity_rounds") + 1) %}
    by_link_{{ number }} as (
        select link_id, member, label, min(label) over (partition by link_id) as near_label from round_{{ number - 1 }}
    ),
    by_member_{{ number }} as (
        select link_id, member, label, min(near_label) over (partition by member) as near_label from by_link_{{ number }}
    ),
    round_{{ number }} as {{ materialised() }}(
        select link_id, member, min(near_label) over (partition by label) as label from by_member_{{ number }}
    ),
    {% endfor %}
    -- Every row of a member bears one label.
    grouped as (select member, min(label) as group_label from round_{{ var("identity_rounds") }} group by member),
{%- endmacro %}
