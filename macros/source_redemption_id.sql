{% macro source_redemption_id(data) %}{{ return(adapter.dispatch("source_redemption_id")(data)) }}{% endmacro %}

{% macro default__source_redemption_id(data) -%} json_value({{ data }}, '$.resgate.id') {%- endmacro %}

{% macro duckdb__source_redemption_id(data) -%} {{ data }} ->> '$.resgate.id' {%- endmacro %}
