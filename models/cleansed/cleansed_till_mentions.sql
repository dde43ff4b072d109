{#- Drawn anew, as people are: only what the newest version of a document says links. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["till_customer_id"],
    meta={"scans_whole": {"*": "drawn anew from narrow columns"}}
) }}
{%- set nothing = "cast(null as " ~ dbt.type_string() ~ ")" -%}

with

mentions as (

    select
        till_customer_id,
        document_hash,
        phone_hash
    from {{ ref("cleansed_till_customers") }}
    where is_current
    union all
    select
        till_customer_id,
        document_hash,
        {{ nothing }} as phone_hash
    from {{ ref("cleansed_receipts") }}
    union all
    -- A campaign may name somebody who never bought.
    select
        till_customer_id,
        {{ nothing }} as document_hash,
        {{ nothing }} as phone_hash
    from {{ ref("cleansed_campaign_members") }}
    union all
    select
        till_customer_id,
        {{ nothing }} as document_hash,
        {{ nothing }} as phone_hash
    from {{ ref("cleansed_coupon_redemptions") }}
    where is_current

),

final as (

    select distinct
        till_customer_id,
        document_hash,
        phone_hash
    from mentions
    where till_customer_id is not null or document_hash is not null

)

select * from final
