{% macro json_projection(json_array, shape) %}
    {{ return(adapter.dispatch("json_projection")(json_array, shape)) }}
{% endmacro %}

{% macro default__json_projection(json_array, shape, depth=0) -%}
    {%- set element = "element_" ~ depth -%}
    array(
        select as struct
            {%- for name, inner in shape.items() %}
            {% if inner -%}
                {{ default__json_projection("json_query(" ~ element ~ ", '$." ~ name ~ "')", inner, depth + 1) }}
            {%- else -%} json_query({{ element }}, '$.{{ name }}')
            {%- endif %} as `{{ name }}`{{ "," if not loop.last }}
            {%- endfor %}
        from unnest(json_query_array({{ json_array }})) as {{ element }}
    )
{%- endmacro %}

{% macro duckdb__json_projection(json_array, shape) -%}
    {#- Only what is named leaves the document: attachments, cards and billing addresses stay behind in raw. -#}
    cast(to_json(from_json({{ json_array }}, '{{ json_shape(shape) }}')) as varchar)
{%- endmacro %}
