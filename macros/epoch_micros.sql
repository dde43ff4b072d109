{% macro epoch_micros(timestamp) %}{{ return(adapter.dispatch("epoch_micros")(timestamp)) }}{% endmacro %}

{% macro default__epoch_micros(timestamp) %}{{ return("unix_micros(" ~ timestamp ~ ")") }}{% endmacro %}

{% macro duckdb__epoch_micros(timestamp) %}{{ return("epoch_us(" ~ timestamp ~ ")") }}{% endmacro %}
