{% macro json_value(fields, name) %}
    {{ return(adapter.dispatch("json_value")(fields, name)) }}
{% endmacro %}

{% macro default__json_value(fields, name) -%}
    {%- set values = [] -%}
    {%- for path in fields[name].paths -%}
        {#- What is not there is null; a JSON null is the text 'null', which to_json_string gives of either. -#}
        {%- set value = "json_query(json_values, '$." ~ path ~ "')" -%}
        {%- do values.append("case when " ~ value ~ " is not null then to_json_string(" ~ value ~ ") end") -%}
    {%- endfor -%}
    {{ return(first_json_value(values)) }}
{%- endmacro %}

{% macro duckdb__json_value(fields, name) -%}
    {%- if fields[name].witness -%}
    {#- Spelling arrays out takes a third of the parse; where the witness is found, `[` is all that a verdict needs. -#}
    case
        when json_values is null then null
        when json_values[{{ json_paths(fields).index(fields[name].witness) + 1 }}] is not null then '['
        else cast(json_extract(data, '$.{{ fields[name].paths[0] }}') as varchar)
    end
    {%- else -%}
    {%- set values = [] -%}
    {%- for path in fields[name].paths -%}
        {%- do values.append("cast(json_values[" ~ (json_paths(fields).index(path) + 1) ~ "] as varchar)") -%}
    {%- endfor -%}
    {{ return(first_json_value(values)) }}
    {%- endif -%}
{%- endmacro %}
