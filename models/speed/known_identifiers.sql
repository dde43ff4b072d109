{{ config(materialized="table", cluster_by=["identifier_id"]) }}

with

identities as (

    select * from {{ ref("cleansed_customer_identities") }}

),

final as (

    select
        identifier_id,
        customer_id,
        is_shared
    from identities

)

select * from final
{{ ordered_by(["identifier_id"]) }}
