{% macro iso_week(date) %}{{ return(adapter.dispatch("iso_week")(date)) }}{% endmacro %}

{% macro default__iso_week(date) -%} extract(isoweek from {{ date }}) {%- endmacro %}

{% macro duckdb__iso_week(date) -%} extract(week from {{ date }}) {%- endmacro %}
