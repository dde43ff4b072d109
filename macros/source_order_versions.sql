{% macro source_order_versions(messages) %}{{ return(adapter.dispatch("source_order_versions")(messages)) }}{% endmacro %}

{% macro default__source_order_versions(messages) -%}
    {#- Which order each message is of, and when it changed: as `source_order_figures`, this shares nothing with staging. -#}
    select
        message_id,
        landed_at,
        publish_time,
        json_value(doc, '$.orderId') as order_id,
        safe_cast(regexp_replace(json_value(doc, '$.lastChange'), r'([.][0-9]{6})[0-9]+', r'\1') as timestamp) as changed_at
    from (
        select
            *,
            safe.parse_json(data, wide_number_mode => 'round') as doc
        from {{ messages }}
    ) as documents
{%- endmacro %}

{% macro duckdb__source_order_versions(messages) -%}
    select
        message_id,
        landed_at,
        publish_time,
        texts[1] as order_id,
        try_cast(regexp_replace(texts[2], '^(.{13}:[0-9]{2})([Z+-].*)?$', '\1:00\2') as timestamptz) as changed_at
    from (
        select
            *,
            try(json_extract_string(data, ['$.orderId', '$.lastChange'])) as texts
        from {{ messages }}
    ) as documents
{%- endmacro %}
