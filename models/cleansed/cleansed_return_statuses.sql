{%- set fields = {
    "status": field("text", "status"),
    "changed_at": field("time", "createdAt"),
} -%}
{#- Returns are few, and a newer version can have other statuses: unfolded anew. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["return_id"],
    meta={"scans_whole": {"*": "returns are few, and unfolded anew"}}
) }}

with

returns as (

    select
        return_id,
        statuses
    from {{ ref("cleansed_returns") }}
    where is_current

),

parsed as (

    {{ parsed_elements("returns", "statuses", ["return_id"], fields) | indent(4) }}

),

final as (

    select
        return_id,
        position + 1 as status_number,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

)

select * from final
