{% macro to_bytes(text) %}{{ return(adapter.dispatch("to_bytes")(text)) }}{% endmacro %}

{% macro default__to_bytes(text) -%} cast({{ text }} as bytes) {%- endmacro %}

{% macro duckdb__to_bytes(text) -%} encode({{ text }}) {%- endmacro %}
