{{ config(cluster_by=["campaign_id"]) }}

with

members as (

    select * from {{ ref("cleansed_campaign_members") }}

),

final as (

    -- One person can have several ids at the tills.
    select distinct
        cast(members.campaign_id as {{ dbt.type_string() }}) as campaign_id,
        cast(
            {{ till_customer_of("members", has_document=false) | indent(12) }} as {{ dbt.type_string() }}
        ) as customer_id
    from members
    {{ till_customer_joins("members", has_document=false) | indent(4) }}

)

select * from final
