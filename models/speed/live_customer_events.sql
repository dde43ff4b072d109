{#- Published events of known customers, and of the newest raw those that the build did not know, or knew of nobody. -#}
{%- set columns = [
    "event_id", "source_session_id", "activity", "cart_effect", "sku_id", "product_id", "search_term", "order_group_id",
    "order_id", "occurred_at", "session_id", "customer_id",
] -%}
with

events as (

    select
        {{ columns | join(",\n        ") }},
        false as is_live
    from {{ published(ref("fct_storefront_events")) }}
    where not is_bot and customer_id is not null
    union all
    select
        {{ columns | join(",\n        ") }},
        true as is_live
    from {{ published(ref("recent_customer_events")) }}

),

once as (

    -- By customer, so that who asks for one customer has the events of no other compared. What the build knows has no
    -- time here and comes first; of a second key to sort by, DuckDB would make four times the work.
    select * from events
    qualify
        row_number() over (
            partition by customer_id, event_id order by case when is_live then occurred_at end desc nulls first
        ) = 1

)

select * from once
