{% macro random_key() %}{{ return(adapter.dispatch("random_key")()) }}{% endmacro %}

{% macro default__random_key() %}{{ return("generate_uuid() || generate_uuid()") }}{% endmacro %}

{% macro duckdb__random_key() %}
    {{ return("cast(uuid() as varchar) || cast(uuid() as varchar)") }}
{% endmacro %}
