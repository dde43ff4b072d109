{{ config(schema="validation", materialized="table") }}

select
    'orders' as check_name,
    order_count as expected,
    order_count as actual,
    0 as difference,
    true as is_ok
from {{ ref("agg_orders") }}
