{{ config(cluster_by=["sku_id"]) }}
{%- set fields = {
    "sku_id": field("id", ["Id", "id"], required=true),
    "product_id": field("id", ["ProductId", "productId"]),
    "sku_name": field("text", ["SkuName", "Name", "skuName", "name"]),
    "full_name": field("text", ["NameComplete", "nameComplete"]),
    "brand_id": field("id", ["BrandId", "brandId"]),
    "brand_name": field("text", ["BrandName", "brandName"]),
    "reference_id": field("text", ["RefId", "refId", "AlternateIds.RefId", "alternateIds.RefId"]),
    "ean": field("text", ["Ean", "ean", "AlternateIds.Ean", "alternateIds.Ean"]),
    "measurement_unit": field("text", ["MeasurementUnit", "measurementUnit"]),
    "unit_multiplier": field("number", ["UnitMultiplier", "unitMultiplier"]),
    "image_url": field("text", ["ImageUrl", "imageUrl"]),
    "is_active": field("boolean", ["IsActive", "isActive"]),
    "is_kit": field("boolean", ["IsKit", "isKit"]),
} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_skus")) | indent(4) }}

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
        sku_id,
        product_id,
        coalesce(full_name, sku_name) as sku_name,
        brand_id,
        brand_name,
        reference_id,
        ean,
        measurement_unit,
        image_url,
        unit_multiplier,
        is_active,
        is_kit,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
