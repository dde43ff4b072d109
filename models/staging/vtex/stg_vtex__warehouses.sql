{{ config(cluster_by=["warehouse_id"]) }}
{%- set fields = {
    "warehouse_id": field("id", ["id", "Id"], required=true),
    "warehouse_name": field("text", ["name", "Name"]),
    "pickup_point_ids": field("array", "pickupPointIds"),
    "priority": field("integer", ["priority", "Priority"]),
    "is_active": field("boolean", ["isActive", "IsActive"]),
} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_warehouses")) | indent(4) }}

),

parsed as (

    select
        *,
        {{ json_values("data", fields) | indent(8) }} as json_values
    from messages

),

typed as (

    select
        *,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

judged as (

    select
        {{ message_columns() }},
        warehouse_id,
        warehouse_name,
        {{ as_written(fields, "pickup_point_ids") }} as pickup_point_ids,
        priority,
        is_active,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
