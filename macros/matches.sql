{% macro matches(value, pattern) %}{{ return(adapter.dispatch("matches")(value, pattern)) }}{% endmacro %}

{% macro default__matches(value, pattern) -%} regexp_contains({{ value }}, r'{{ pattern }}') {%- endmacro %}

{% macro duckdb__matches(value, pattern) -%} regexp_matches({{ value }}, '{{ pattern }}') {%- endmacro %}
