{% macro element_rejection(json_array, path, fields) %}
    {{ return(adapter.dispatch("element_rejection")(json_array, path, fields)) }}
{% endmacro %}

{% macro default__element_rejection(json_array, path, fields) -%}
    {#- What keeps an array's elements from being used, the same one on both engines whatever their order, or null. -#}
    (
        select min({{ element_reason("json_query(element, '$.%s')", path, fields) | indent(8) }})
        from unnest(json_query_array({{ json_array }})) as element
    )
{%- endmacro %}

{% macro duckdb__element_rejection(json_array, path, fields) -%}
    list_min(
        list_transform(
            from_json({{ json_array }}, '{{ json_shape(dict.fromkeys(json_paths(fields))) }}'),
            lambda element: {{ element_reason("cast(element['%s'] as varchar)", path, fields) | indent(12) }}
        )
    )
{%- endmacro %}
