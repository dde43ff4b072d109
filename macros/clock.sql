{% macro clock() %}{{ return(adapter.dispatch("clock")()) }}{% endmacro %}

{% macro default__clock() -%}
    {#- The time of the question: no table is made of it, only views of the speed layer say "by now". -#}
    current_timestamp()
{%- endmacro %}

{% macro duckdb__clock() -%} (current_timestamp at time zone 'UTC') {%- endmacro %}
