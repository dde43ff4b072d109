{% macro json_projection(json_array, shape) %}
    {{ return(adapter.dispatch("json_projection")(json_array, shape)) }}
{% endmacro %}

{% macro default__json_projection(json_array, shape, depth=0) -%}
    {%- set parsed = json_array if depth else "safe.parse_json(" ~ json_array ~ ", wide_number_mode => 'round')" -%}
    {%- set element = "element_" ~ depth -%}
    if(
        json_type({{ parsed }}) = 'array',
        {{ "to_json_string(" if not depth }}array(
            select
                if(
                    json_type({{ element }}) = 'null',
                    null,
                    struct(
                        {%- for name, inner in shape.items() %}
                        {%- set value = "json_query(" ~ element ~ ", '$." ~ name ~ "')" %}
                        {{ default__json_projection(value, inner, depth + 1) if inner else value }} as `{{ name }}`{{ "," if not loop.last }}
                        {%- endfor %}
                    )
                )
            from unnest(json_query_array({{ parsed }})) as {{ element }}
            with offset as position_{{ depth }}
            order by position_{{ depth }}
        ){{ ")" if not depth }},
        null
    )
{%- endmacro %}

{% macro duckdb__json_projection(json_array, shape) -%}
    {#- Only what is named leaves the document: attachments, cards and billing addresses stay behind in raw. -#}
    cast(to_json(from_json({{ json_array }}, '{{ json_shape(shape) }}')) as varchar)
{%- endmacro %}
