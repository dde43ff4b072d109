{{ config(schema="marts", materialized="table") }}

select * from {{ ref("cleansed_orders") }}
