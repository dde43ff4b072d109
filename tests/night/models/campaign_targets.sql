{{ config(schema="activation", materialized="table") }}

select * from {{ ref("contact_suggestions") }} where false
