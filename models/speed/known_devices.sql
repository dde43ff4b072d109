{{ config(materialized="table", cluster_by=["device_id"]) }}

with

devices as (

    select * from {{ ref("cleansed_device_customers") }}
    where valid_to is null

),

final as (

    select
        device_id,
        customer_id
    from devices

)

select * from final
{{ ordered_by(["device_id"]) }}
