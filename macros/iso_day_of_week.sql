{% macro iso_day_of_week(date) %}{{ return(adapter.dispatch("iso_day_of_week")(date)) }}{% endmacro %}

{% macro default__iso_day_of_week(date) -%} mod(extract(dayofweek from {{ date }}) + 5, 7) + 1 {%- endmacro %}

{% macro duckdb__iso_day_of_week(date) -%} extract(isodow from {{ date }}) {%- endmacro %}
