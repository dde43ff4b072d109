{% macro exploded(relation, json_array, keep) %}
    {{ return(adapter.dispatch("exploded")(relation, json_array, keep)) }}
{% endmacro %}

{% macro default__exploded(relation, json_array, keep) -%}
    select
        {{ keep | join(", ") }},
        to_json_string(json_value) as element,
        position
    from {{ relation }},
        unnest(json_query_array(safe.parse_json({{ json_array }}, wide_number_mode => 'round'))) as json_value
        with offset as position
{%- endmacro %}

{% macro duckdb__exploded(relation, json_array, keep) -%}
    {#- One row an element, with its position from 0, which a plain unnest loses. -#}
    select
        {{ keep | join(", ") }},
        unnest(json_extract({{ json_array }}, '$[*]')) as element,
        unnest(range(cast(json_array_length({{ json_array }}) as bigint))) as position
    from {{ relation }}
    where {{ json_array }} is not null
{%- endmacro %}
