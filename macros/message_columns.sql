{% macro message_columns() -%}
    message_id,
        {{ dbt.hash("data") }} as content_hash,
        cast(publish_time as timestamp) as published_at,
        cast(landed_at as timestamp) as landed_at,
        staged_at
{%- endmacro %}
