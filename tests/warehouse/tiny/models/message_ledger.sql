{{ config(schema="validation", materialized="table") }}

select
    'vtex.order' as contract,
    cast(landed_at as date) as landed_date,
    count(*) as landed,
    0 as redelivered,
    0 as duplicates,
    0 as superseded,
    0 as rejected,
    sum(case when data <> 'lost' then 1 else 0 end) as loaded
from {{ ref("fct_orders") }}
group by landed_date
