{% macro json_values(column, fields, is_element=false) %}
    {{ return(adapter.dispatch("json_values")(column, fields, is_element)) }}
{% endmacro %}

{% macro default__json_values(column, fields, is_element) -%}
    {%- set parsed = "safe.parse_json(" ~ column ~ ", wide_number_mode => 'round')" -%}
    {{ parsed if is_element else "case when " ~ matches(column, "^[ \\t\\r\\n]*[{]") ~ " then " ~ parsed ~ " end" }}
{%- endmacro %}

{% macro duckdb__json_values(column, fields, is_element) -%}
    {#- One parse a document, whatever the number of fields: a list with one JSON value a path. That parse is the verdict,
        too, on what is not spelt as DuckDB alone takes it. Elements of a parsed array need none. -#}
    {%- set values = "json_extract(" ~ column ~ ", ['$." ~ json_paths(fields) | join("', '$.") ~ "'])" -%}
    {%- if is_element -%}
    case when {{ column }} is not null then {{ values }} end
    {%- else -%}
    case
        when {{ matches(column, "^[ \\t\\r\\n]*[{]") }}
            then case when {{ is_lenient_json(column) | indent(12) }} then null else try({{ values }}) end
    end
    {%- endif -%}
{%- endmacro %}
