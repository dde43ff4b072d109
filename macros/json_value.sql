{% macro json_value(fields, name) %}
    {{ return(adapter.dispatch("json_value")(fields, name)) }}
{% endmacro %}

{% macro default__json_value(fields, name) -%}
    {%- set values = [] -%}
    {%- for path in fields[name].paths -%}
        {%- do values.append("to_json_string(json_query(json_values, '$." ~ path ~ "'))") -%}
    {%- endfor -%}
    {{ return(first_json_value(values)) }}
{%- endmacro %}

{% macro duckdb__json_value(fields, name) -%}
    {%- set values = [] -%}
    {%- for path in fields[name].paths -%}
        {%- do values.append("cast(json_values[" ~ (json_paths(fields).index(path) + 1) ~ "] as varchar)") -%}
    {%- endfor -%}
    {{ return(first_json_value(values)) }}
{%- endmacro %}
