{% macro to_numeric(text) %}{{ return(adapter.dispatch("to_numeric")(text)) }}{% endmacro %}

{% macro default__to_numeric(text) -%} safe_cast({{ text }} as numeric) {%- endmacro %}

{% macro duckdb__to_numeric(text) -%} try_cast({{ text }} as numeric(38, 9)) {%- endmacro %}
