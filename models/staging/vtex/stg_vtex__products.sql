{{ config(cluster_by=["product_id"]) }}
{%- set fields = {
    "product_id": field("id", ["Id", "id", "productId"], required=true),
    "product_name": field("text", ["Name", "name", "productName"]),
    "brand_id": field("id", ["BrandId", "brandId"]),
    "category_id": field("id", ["CategoryId", "categoryId"]),
    "department_id": field("id", ["DepartmentId", "departmentId"]),
    "reference_id": field("text", ["RefId", "refId"]),
    "is_active": field("boolean", ["IsActive", "isActive"]),
    "is_visible": field("boolean", ["IsVisible", "isVisible"]),
} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_products")) | indent(4) }}

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
        product_id,
        product_name,
        brand_id,
        category_id,
        department_id,
        reference_id,
        is_active,
        is_visible,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
