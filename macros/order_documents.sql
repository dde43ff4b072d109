{% macro order_documents(arrays) -%}
    {#- The newest documents that something new was said in, to unfold their arrays. -#}
    orders as (
        select
            order_id,
            message_id,
            version_staged_at,
            staged_at
        from {{ ref("cleansed_orders") }}
        where {{ not_seen() }}
    ),

    documents as (
        select
            orders.order_id,
            orders.message_id,
            orders.staged_at,
            staged.{{ ([arrays] if arrays is string else arrays) | join(",\n            staged.") }}
        from orders
        inner join {{ ref("stg_vtex__orders") }} as staged
            on
                orders.message_id = staged.message_id
                and orders.version_staged_at = staged.staged_at
        -- An old message that is still the newest was unfolded when it was new; one landed twice says the same.
        where {{ not_seen("staged.staged_at") }}
        qualify row_number() over (partition by orders.order_id order by orders.message_id) = 1
    ),
{%- endmacro %}
