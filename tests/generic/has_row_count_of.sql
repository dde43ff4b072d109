{% test has_row_count_of(model, relation) %}

    -- A difference means that a layer lost or doubled messages.
    select
        model_rows,
        relation_rows
    from (select count(*) as model_rows from {{ model }}) as counted
    cross join (select count(*) as relation_rows from {{ relation }}) as expected
    where model_rows <> relation_rows

{% endtest %}
