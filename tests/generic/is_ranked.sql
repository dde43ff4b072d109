{% test is_ranked(model, group_by) %}

    -- A row means that ranks have a gap, or do not begin with 1.
    select
        {{ group_by }},
        min(rank) as first_rank,
        max(rank) as last_rank,
        count(*) as row_count
    from {{ model }}
    group by {{ group_by }}
    having min(rank) <> 1 or max(rank) <> count(*)

{% endtest %}
