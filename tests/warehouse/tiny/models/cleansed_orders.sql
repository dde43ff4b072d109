{{ config(database=restricted(), schema="cleansed", materialized="incremental") }}

select
    message_id as order_id,
    data,
    landed_at
from {{ raw_orders() }}
{% if is_incremental() %}
    where message_id not in (select order_id from {{ this }})
{% endif %}
