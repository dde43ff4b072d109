{%- set element_text = "cast(element as " ~ dbt.type_string() ~ ")" -%}
{#- Campaigns are few, and a newer version can have fewer members: unfolded anew. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["campaign_id"],
    meta={"scans_whole": {"*": "campaigns are few, and unfolded anew"}}
) }}

with

campaigns as (

    select
        campaign_id,
        members
    from {{ ref("cleansed_campaigns") }}
    where is_current

),

elements as (

    {{ exploded("campaigns", "members", ["campaign_id"]) | indent(4) }}

),

members as (

    select distinct
        campaign_id,
        {{ typed_json("id", element_text) | indent(8) }} as till_customer_id
    from elements

),

final as (

    select * from members
    where till_customer_id is not null

)

select * from final
