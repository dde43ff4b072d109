{% macro landed_messages(table) -%}
    {#- A landed table as raw has it on DuckDB. A subscription lands alone, so what was published is landed. Bytes that
        are no UTF-8 cannot be a document: their text is null, and staging says so. -#}
    {%- set contract = raw_tables()[table] -%}
    select
        subscription_name,
        message_id,
        publish_time,
        attributes,
        {% if contract -%}
            case when {{ is_utf8("data") }} then safe_convert_bytes_to_string(data) end as data,
            '{{ contract }}' as contract,
        {%- else -%}
            data,
            json_value(attributes, '$.contract') as contract,
        {%- endif %}
        publish_time as landed_at,
        publish_time as event_at
    from {{ landed_relation(table) }}
{%- endmacro %}
