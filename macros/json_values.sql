{% macro json_values(column, fields, is_element=false) %}
    {{ return(adapter.dispatch("json_values")(column, fields, is_element)) }}
{% endmacro %}

{% macro default__json_values(column, fields, is_element) -%}
    {%- set parsed = "safe.parse_json(" ~ column ~ ", wide_number_mode => 'round')" -%}
    {{ parsed if is_element else "case when " ~ matches(column, "^[ \\t\\r\\n]*[{]") ~ " then " ~ parsed ~ " end" }}
{%- endmacro %}

{% macro duckdb__json_values(column, fields, is_element) -%}
    {#- One parse a document, whatever the number of fields: a list with one JSON value a path.
        Elements of a parsed array need no second verdict. -#}
    case
        when {{ column ~ " is not null" if is_element else is_json_object(column) }}
            then json_extract({{ column }}, [{{ "'$." ~ json_paths(fields) | join("', '$.") ~ "'" }}])
    end
{%- endmacro %}
