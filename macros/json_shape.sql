{% macro json_shape(shape, is_array=true) %}
    {#- A shape names what is read: none is a value as it is, a dictionary an array of objects, {"object": …} one object. -#}
    {%- set parts = [] -%}
    {%- for name, inner in shape.items() -%}
        {%- set object = inner.object if inner else none -%}
        {%- do parts.append(
            '"' ~ name ~ '": ' ~ (json_shape(object, false) if object else json_shape(inner) if inner else '"JSON"')
        ) -%}
    {%- endfor -%}
    {%- set fields = "{" ~ parts | join(", ") ~ "}" -%}
    {{ return("[" ~ fields ~ "]" if is_array else fields) }}
{% endmacro %}
