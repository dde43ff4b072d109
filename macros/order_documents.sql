{% macro order_documents(arrays) -%}
    {#- The newest documents of orders that are new, to unfold their arrays. An old one that is still the newest was unfolded
        when it was new. -#}
    documents as (
        select
            order_id,
            message_id,
            staged_at,
            {{ ([arrays] if arrays is string else arrays) | join(",\n            ") }}
        from {{ ref("stg_vtex__order_documents") }}
        where {{ not_seen() }} and {{ not_seen("version_staged_at") }}
    ),
{%- endmacro %}
