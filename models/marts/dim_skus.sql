{{ config(cluster_by=["sku_id"]) }}

{%- set documents = {
    "skus": ("sku_id", ref("cleansed_skus")),
    "products": ("product_id", ref("cleansed_products")),
    "brands": ("brand_id", ref("cleansed_brands")),
    "categories": ("category_id", ref("cleansed_category_nodes")),
} -%}

with

{% for document, (key, versions) in documents.items() %}
{{ document }} as (

    select
        *,
        {{ valid_from(key, "valid_from") }} as known_from
    from {{ versions }}

),
{% endfor %}

sku_products as (

    select distinct
        skus.sku_id,
        skus.product_id,
        coalesce(products.brand_id, skus.brand_id) as brand_id,
        products.category_id,
        products.department_id
    from skus
    left join products on skus.product_id = products.product_id

),

change_points as (

    -- A SKU's row changes when any of the documents that describe it does.
    select
        sku_id,
        known_from as changed_at
    from skus
    union distinct
    select
        sku_products.sku_id,
        products.known_from as changed_at
    from sku_products
    inner join products on sku_products.product_id = products.product_id
    union distinct
    select
        sku_products.sku_id,
        brands.known_from as changed_at
    from sku_products
    inner join brands on sku_products.brand_id = brands.brand_id
    union distinct
    select
        sku_products.sku_id,
        categories.known_from as changed_at
    from sku_products
    inner join categories
        on
            sku_products.category_id = categories.category_id
            or sku_products.department_id = categories.category_id

),

described as (

    select
        change_points.sku_id,
        change_points.changed_at,
        skus.product_id,
        skus.sku_name,
        skus.reference_id,
        skus.ean,
        skus.measurement_unit,
        skus.is_active,
        products.product_name,
        coalesce(products.brand_id, skus.brand_id) as brand_id,
        coalesce(brands.brand_name, skus.brand_name) as brand_name,
        products.category_id,
        categories.category_name,
        products.department_id,
        departments.category_name as department_name
    from change_points
    inner join skus
        on change_points.sku_id = skus.sku_id and {{ valid_at("change_points.changed_at", "skus", since="known_from") }}
    left join products
        on
            skus.product_id = products.product_id
            and {{ valid_at("change_points.changed_at", "products", since="known_from") }}
    left join brands
        on
            coalesce(products.brand_id, skus.brand_id) = brands.brand_id
            and {{ valid_at("change_points.changed_at", "brands", since="known_from") }}
    left join categories
        on
            products.category_id = categories.category_id
            and {{ valid_at("change_points.changed_at", "categories", since="known_from") }}
    left join categories as departments
        on
            products.department_id = departments.category_id
            and {{ valid_at("change_points.changed_at", "departments", since="known_from") }}

),

named as (

    select
        sku_id,
        product_id,
        item_name
    from {{ ref("cleansed_order_items") }}
    {% for relation in ["cleansed_price_points", "cleansed_stock_levels"] %}
    union all
    select
        sku_id,
        cast(null as {{ dbt.type_string() }}) as product_id,
        cast(null as {{ dbt.type_string() }}) as item_name
    from {{ ref(relation) }}
    {% endfor %}

),

inferred as (

    -- A SKU that facts name and nothing described: facts never wait for dimensions.
    select
        named.sku_id,
        max(named.product_id) as product_id,
        max(named.item_name) as sku_name
    from named
    left join skus on named.sku_id = skus.sku_id
    where named.sku_id is not null and skus.sku_id is null
    group by named.sku_id

),

stated as (

    -- A till says with each sale what a product is. Of what is said on one day the last counts, or two shops that
    -- name it differently would make a version of every sale.
    select
        till_skus.sku_id,
        items.item_name,
        items.brand_name,
        items.category_name,
        items.department_name,
        cast(receipts.sold_at as date) as stated_date,
        max(receipts.sold_at) as stated_at
    from {{ ref("cleansed_receipt_items") }} as items
    inner join {{ ref("cleansed_receipts") }} as receipts on items.receipt_id = receipts.receipt_id
    inner join {{ ref("cleansed_till_skus") }} as till_skus on items.till_product_id = till_skus.till_product_id
    where not till_skus.is_mapped
    group by
        till_skus.sku_id,
        items.item_name,
        items.brand_name,
        items.category_name,
        items.department_name,
        cast(receipts.sold_at as date)

),

till_versions as (

    select * from stated
    qualify
        row_number() over (
            partition by sku_id, stated_date
            order by
                stated_at desc,
                item_name desc nulls last,
                brand_name desc nulls last,
                category_name desc nulls last,
                department_name desc nulls last
        ) = 1
    union all
    -- What no receipt tells of, a coupon names.
    select
        till_skus.sku_id,
        cast(null as {{ dbt.type_string() }}) as item_name,
        cast(null as {{ dbt.type_string() }}) as brand_name,
        cast(null as {{ dbt.type_string() }}) as category_name,
        cast(null as {{ dbt.type_string() }}) as department_name,
        cast('1900-01-01' as date) as stated_date,
        cast('1900-01-01' as timestamp) as stated_at
    from {{ ref("cleansed_till_skus") }} as till_skus
    left join stated on till_skus.sku_id = stated.sku_id
    where not till_skus.is_mapped and stated.sku_id is null

),

known as (

    select * from described
    union all
    select
        sku_id,
        cast(stated_date as timestamp) as changed_at,
        sku_id as product_id,
        item_name as sku_name,
        cast(null as {{ dbt.type_string() }}) as reference_id,
        cast(null as {{ dbt.type_string() }}) as ean,
        cast(null as {{ dbt.type_string() }}) as measurement_unit,
        cast(null as {{ dbt.type_boolean() }}) as is_active,
        item_name as product_name,
        cast(null as {{ dbt.type_string() }}) as brand_id,
        brand_name,
        cast(null as {{ dbt.type_string() }}) as category_id,
        category_name,
        cast(null as {{ dbt.type_string() }}) as department_id,
        department_name
    from till_versions
    union all
    select
        sku_id,
        cast('1900-01-01' as timestamp) as changed_at,
        product_id,
        sku_name,
        cast(null as {{ dbt.type_string() }}) as reference_id,
        cast(null as {{ dbt.type_string() }}) as ean,
        cast(null as {{ dbt.type_string() }}) as measurement_unit,
        cast(null as {{ dbt.type_boolean() }}) as is_active,
        cast(null as {{ dbt.type_string() }}) as product_name,
        cast(null as {{ dbt.type_string() }}) as brand_id,
        cast(null as {{ dbt.type_string() }}) as brand_name,
        cast(null as {{ dbt.type_string() }}) as category_id,
        cast(null as {{ dbt.type_string() }}) as category_name,
        cast(null as {{ dbt.type_string() }}) as department_id,
        cast(null as {{ dbt.type_string() }}) as department_name
    from inferred

),

compared as (

    select
        *,
        {{ surrogate_key([
            "product_id", "sku_name", "reference_id", "ean", "measurement_unit", "is_active", "product_name", "brand_id",
            "brand_name", "category_id", "category_name", "department_id", "department_name",
        ]) }} as attributes_hash
    from known

),

changes as (

    select
        *,
        lag(attributes_hash) over (partition by sku_id order by changed_at) as previous_hash
    from compared

),

versions as (

    select
        *,
        {{ valid_from("sku_id", "changed_at") }} as valid_from
    from changes
    where previous_hash is null or previous_hash <> attributes_hash

),

dated as (

    select
        *,
        lead(valid_from) over (partition by sku_id order by valid_from) as valid_to
    from versions

),

final as (

    select
        cast({{ surrogate_key(["sku_id", "valid_from"]) }} as {{ dbt.type_string() }}) as sku_key,
        cast(sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(product_id as {{ dbt.type_string() }}) as product_id,
        cast(sku_name as {{ dbt.type_string() }}) as sku_name,
        cast(product_name as {{ dbt.type_string() }}) as product_name,
        cast(brand_id as {{ dbt.type_string() }}) as brand_id,
        cast(brand_name as {{ dbt.type_string() }}) as brand_name,
        cast(category_id as {{ dbt.type_string() }}) as category_id,
        cast(category_name as {{ dbt.type_string() }}) as category_name,
        cast(department_id as {{ dbt.type_string() }}) as department_id,
        cast(department_name as {{ dbt.type_string() }}) as department_name,
        cast(reference_id as {{ dbt.type_string() }}) as reference_id,
        cast(ean as {{ dbt.type_string() }}) as ean,
        cast(measurement_unit as {{ dbt.type_string() }}) as measurement_unit,
        coalesce(is_active, true) as is_active,
        valid_to is null as is_current,
        cast(valid_from as timestamp) as valid_from,
        cast(valid_to as timestamp) as valid_to
    from dated

)

select * from final
