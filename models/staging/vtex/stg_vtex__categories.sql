{{ config(cluster_by=["category_id"]) }}
{%- set fields = {
    "category_id": field("id", ["Id", "id"], required=true),
    "category_name": field("text", ["Name", "name"]),
    "parent_category_id": field("id", ["FatherCategoryId", "fatherCategoryId"]),
    "children": field("array", "children"),
    "is_active": field("boolean", ["IsActive", "isActive"]),
} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_categories")) | indent(4) }}

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
        category_id,
        category_name,
        parent_category_id,
        {{ as_written(fields, "children") }} as children,
        is_active,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
