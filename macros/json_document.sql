{% macro json_document(column) %}{{ return(adapter.dispatch("json_document")(column)) }}{% endmacro %}

{% macro default__json_document(column) -%}
    case when {{ is_json_object(column) }} then safe.parse_json({{ column }}, wide_number_mode => 'round') end
{%- endmacro %}

{% macro duckdb__json_document(column) -%}
    case when {{ is_json_object(column) }} then cast({{ column }} as json) end
{%- endmacro %}
