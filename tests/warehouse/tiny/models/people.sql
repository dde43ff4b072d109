{{ config(database=restricted(), schema="pii", materialized="table") }}

select order_id from {{ ref("fct_orders") }}
