{% macro extracted(value, pattern) %}{{ return(adapter.dispatch("extracted")(value, pattern)) }}{% endmacro %}

{% macro default__extracted(value, pattern) -%} regexp_extract({{ value }}, r'{{ pattern }}') {%- endmacro %}

{% macro duckdb__extracted(value, pattern) -%} nullif(regexp_extract({{ value }}, '{{ pattern }}', 1), '') {%- endmacro %}
