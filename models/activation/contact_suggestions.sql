{{ config(partition_by=partitioned_by("run_date", "date", "month"), cluster_by=["store_id", "priority"]) }}

with

suggested as (

    select * from {{ ref("suggested_contacts") }}
    where run_date = {{ run_date() }}

),

final as (

    select
        store_id,
        customer_id,
        sku_id,
        campaign_id,
        reason_code,
        reason,
        priority,
        run_date
    from suggested

)

select * from final
{{ ordered_by(["store_id", "priority"]) }}
