{% macro is_json(column) %}{{ return(adapter.dispatch("is_json")(column)) }}{% endmacro %}

{% macro default__is_json(column) -%} safe.parse_json({{ column }}, wide_number_mode => 'round') is not null {%- endmacro %}

{% macro duckdb__is_json(column) -%}
    case when coalesce(json_valid({{ column }}), false) then not {{ is_lenient_json(column) | indent(4) }} else false end
{%- endmacro %}
