{% macro days_after(day, days) %}{{ return(adapter.dispatch("days_after")(day, days)) }}{% endmacro %}

{% macro default__days_after(day, days) -%} date_add({{ day }}, interval {{ days }} day) {%- endmacro %}

{% macro duckdb__days_after(day, days) -%} {{ day }} + cast({{ days }} as integer) {%- endmacro %}
