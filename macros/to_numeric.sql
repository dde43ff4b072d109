{% macro to_numeric(text, precision) %}{{ return(adapter.dispatch("to_numeric")(text, precision)) }}{% endmacro %}

{% macro default__to_numeric(text, precision) -%} safe_cast({{ text }} as numeric({{ precision }})) {%- endmacro %}

{% macro duckdb__to_numeric(text, precision) -%} try_cast({{ text }} as numeric({{ precision }})) {%- endmacro %}
