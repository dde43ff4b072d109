{{ config(schema="activation", materialized="table") }}

select
    cast(cast('{{ var("as_of") }}' as timestamp) - interval 3 hour as date) as run_date,
    'centro' as store_id,
    data as customer_id,
    1 as priority,
    'porque sim' as reason,
    'abandoned_cart' as reason_code,
    'sku' as sku_id,
    cast(null as {{ dbt.type_string() }}) as campaign_id
from {{ ref("fct_orders") }}
