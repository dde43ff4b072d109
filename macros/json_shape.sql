{% macro json_shape(shape) %}
    {%- set parts = [] -%}
    {%- for name, inner in shape.items() -%}
        {%- do parts.append('"' ~ name ~ '": ' ~ (json_shape(inner) if inner else '"JSON"')) -%}
    {%- endfor -%}
    {{ return("[{" ~ parts | join(", ") ~ "}]") }}
{% endmacro %}
