{% macro json_string(value) %}{{ return(adapter.dispatch("json_string")(value)) }}{% endmacro %}

{% macro default__json_string(value) -%} json_value({{ value }}, '$') {%- endmacro %}

{% macro duckdb__json_string(value) -%} json_extract_string({{ value }}, '$') {%- endmacro %}
