{% macro json_projection(json_array, shape) %}
    {{ return(adapter.dispatch("json_projection")(json_array, shape)) }}
{% endmacro %}

{% macro default__json_projection(json, shape, depth=0, is_object=false) -%}
    {%- set parsed = json if depth else "safe.parse_json(" ~ json ~ ", wide_number_mode => 'round')" -%}
    {%- set element = parsed if is_object else "element_" ~ depth -%}
    {%- set fields -%}
        struct(
            {%- for name, inner in shape.items() %}
            {%- set value = "json_query(" ~ element ~ ", '$." ~ name ~ "')" %}
            {% if not inner %}{{ value }}
            {%- elif inner.object %}{{ default__json_projection(value, inner.object, depth + 1, true) }}
            {%- else %}{{ default__json_projection(value, inner, depth + 1) }}
            {%- endif %} as `{{ name }}`{{ "," if not loop.last }}
            {%- endfor %}
        )
    {%- endset -%}
    {%- if is_object -%}
    if(json_type({{ parsed }}) = 'object', {{ fields }}, null)
    {%- else -%}
    if(
        json_type({{ parsed }}) = 'array',
        {{ "to_json_string(" if not depth }}array(
            select if(json_type({{ element }}) = 'null', null, {{ fields }})
            from unnest(json_query_array({{ parsed }})) as {{ element }}
            with offset as position_{{ depth }}
            order by position_{{ depth }}
        ){{ ")" if not depth }},
        null
    )
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__json_projection(json_array, shape) -%}
    {#- Only what is named leaves the document: attachments, cards and billing addresses stay behind in raw. -#}
    cast(to_json(from_json({{ json_array }}, '{{ json_shape(shape) }}')) as varchar)
{%- endmacro %}
