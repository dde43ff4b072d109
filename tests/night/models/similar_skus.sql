{{ config(schema="activation", materialized="table") }}

select
    'sku' as sku_id,
    1 as rank,
    'another' as similar_sku_id
