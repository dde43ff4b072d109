{% macro days_between(first, last) %}{{ return(adapter.dispatch("days_between")(first, last)) }}{% endmacro %}

{% macro default__days_between(first, last) -%} date_diff({{ last }}, {{ first }}, day) {%- endmacro %}

{% macro duckdb__days_between(first, last) -%} date_diff('day', {{ first }}, {{ last }}) {%- endmacro %}
