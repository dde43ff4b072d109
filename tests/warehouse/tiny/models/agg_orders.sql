{{ config(schema="aggregates", materialized="table") }}

select
    count(*) as order_count,
    cast(
        '{{ var("as_of", run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f")) }}' as timestamp
    ) as as_of
from {{ ref("fct_orders") }}
