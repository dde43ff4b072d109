{% macro unread_batches(raw) %}{{ return(adapter.dispatch("unread_batches")(raw)) }}{% endmacro %}

{% macro default__unread_batches(raw) -%}
    {#- A subscription lands alone: the last days are compared message by message, as staging does. -#}
    {%- set since = lookback_start() -%}
    {%- set unread = "message_id not in (select message_id from " ~ this ~ " where landed_at >= " ~ since ~ ")" -%}
    landed_at >= {{ constant("select min(landed_at) from " ~ raw ~ " where landed_at >= " ~ since ~ " and " ~ unread) }}
        and {{ unread }}
{%- endmacro %}

{% macro duckdb__unread_batches(raw) -%}
    message_id not in (select message_id from {{ this }})
{%- endmacro %}
