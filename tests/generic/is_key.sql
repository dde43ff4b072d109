{% test is_key(model, columns, nullable=[]) %}

    -- A row means that the grain is not what the model says: a key twice, or a part of it missing.
    select
        {{ columns | join(", ") }},
        count(*) as row_count
    from {{ model }}
    group by {{ columns | join(", ") }}
    having
        count(*) > 1
        {%- for column in columns if column not in nullable %}
        or {{ column }} is null
        {%- endfor %}

{% endtest %}
