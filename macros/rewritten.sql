{% macro rewritten(text, pattern, replacement) %}
    {{ return(adapter.dispatch("rewritten")(text, pattern, replacement)) }}
{% endmacro %}

{% macro default__rewritten(text, pattern, replacement) -%}
    {#- For patterns that match once: BigQuery replaces every match, DuckDB the first. -#}
    regexp_replace({{ text }}, r'{{ pattern }}', r'{{ replacement }}')
{%- endmacro %}

{% macro duckdb__rewritten(text, pattern, replacement) -%} regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}') {%- endmacro %}
