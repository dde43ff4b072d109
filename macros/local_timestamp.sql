{% macro local_timestamp(utc) %}{{ return(adapter.dispatch("local_timestamp")(utc)) }}{% endmacro %}

{% macro default__local_timestamp(utc) -%}
    datetime({{ utc }}, '{{ var("business_timezone") }}')
{%- endmacro %}

{% macro duckdb__local_timestamp(utc) -%}
    (({{ utc }}) at time zone 'UTC' at time zone '{{ var("business_timezone") }}')
{%- endmacro %}
