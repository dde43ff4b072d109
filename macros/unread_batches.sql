{% macro unread_batches(raw, rejected=none) %}
    {#- Messages that this model has no row of. `rejected` is a query for the ids of those that it never has one of. -#}
    {{ return(adapter.dispatch("unread_batches")(raw, " and message_id not in (" ~ rejected ~ ")" if rejected else "")) }}
{% endmacro %}

{% macro default__unread_batches(raw, and_usable) -%}
    {#- A subscription lands alone: the last days are compared message by message, as staging does. -#}
    {%- set since = lookback_start() -%}
    {%- set unread = "message_id not in (select message_id from " ~ this ~ " where landed_at >= " ~ since ~ ")" ~ and_usable -%}
    landed_at >= {{ constant("select min(landed_at) from " ~ raw ~ " where landed_at >= " ~ since ~ " and " ~ unread) }}
        and {{ unread }}
{%- endmacro %}

{% macro duckdb__unread_batches(raw, and_usable) -%}
    {#- Ids are looked up in narrow columns first: payloads are read from the first batch on that has a new one. -#}
    {%- set unread = "message_id not in (select message_id from " ~ this ~ ")" ~ and_usable -%}
    landed_at >= {{ constant("select min(landed_at) from " ~ raw ~ " where " ~ unread) }}
        and {{ unread }}
{%- endmacro %}
