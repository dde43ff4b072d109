{{ config(schema="activation", materialized="table") }}

select
    cast(cast('{{ var("as_of") }}' as timestamp) - interval 3 hour as date) as run_date,
    data as customer_id,
    1 as rank,
    'sku' as sku_id
from {{ ref("fct_orders") }}
