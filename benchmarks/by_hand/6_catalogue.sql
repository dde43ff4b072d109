-- What a SKU was when: its own documents, those of its product, brand and categories, and what tills say.
create temp table sku_documents as
select
    coalesce(data ->> '$.Id', data ->> '$.id') as sku_id,
    coalesce(data ->> '$.ProductId', data ->> '$.productId') as product_id,
    coalesce(
        data ->> '$.NameComplete', data ->> '$.nameComplete',
        data ->> '$.SkuName', data ->> '$.Name', data ->> '$.skuName', data ->> '$.name'
    ) as sku_name,
    coalesce(data ->> '$.BrandId', data ->> '$.brandId') as brand_id,
    coalesce(data ->> '$.BrandName', data ->> '$.brandName') as brand_name,
    nullif(coalesce(
        data ->> '$.RefId', data ->> '$.refId', data ->> '$.AlternateIds.RefId', data ->> '$.alternateIds.RefId'
    ), '') as reference_id,
    nullif(coalesce(data ->> '$.Ean', data ->> '$.ean', data ->> '$.AlternateIds.Ean', data ->> '$.alternateIds.Ean'), '')
        as ean,
    coalesce(data ->> '$.MeasurementUnit', data ->> '$.measurementUnit') as measurement_unit,
    coalesce(data ->> '$.IsActive', data ->> '$.isActive') as is_active,
    published_at as valid_from,
    lead(published_at) over (partition by sku_id order by published_at) as valid_to
from (
    select * from documents_of('vtex_skus')
    where starts_with(data, '{') and json_valid(data) and coalesce(data ->> '$.Id', data ->> '$.id') is not null
    qualify
        row_number() over (partition by coalesce(data ->> '$.Id', data ->> '$.id'), published_at order by message_id desc)
        = 1
);

create temp table product_documents as
select
    coalesce(data ->> '$.Id', data ->> '$.id') as product_id,
    coalesce(data ->> '$.Name', data ->> '$.name') as product_name,
    coalesce(data ->> '$.BrandId', data ->> '$.brandId') as brand_id,
    coalesce(data ->> '$.CategoryId', data ->> '$.categoryId') as category_id,
    coalesce(data ->> '$.DepartmentId', data ->> '$.departmentId') as department_id,
    published_at as valid_from,
    lead(published_at) over (partition by product_id order by published_at) as valid_to
from (
    select * from documents_of('vtex_products')
    where starts_with(data, '{') and json_valid(data) and coalesce(data ->> '$.Id', data ->> '$.id') is not null
    qualify
        row_number() over (partition by coalesce(data ->> '$.Id', data ->> '$.id'), published_at order by message_id desc)
        = 1
);

create temp table brand_documents as
select
    coalesce(data ->> '$.Id', data ->> '$.id') as brand_id,
    coalesce(data ->> '$.Name', data ->> '$.name') as brand_name,
    published_at as valid_from,
    lead(published_at) over (partition by brand_id order by published_at) as valid_to
from (
    select * from documents_of('vtex_brands')
    where starts_with(data, '{') and json_valid(data) and coalesce(data ->> '$.Id', data ->> '$.id') is not null
    qualify
        row_number() over (partition by coalesce(data ->> '$.Id', data ->> '$.id'), published_at order by message_id desc)
        = 1
);

create temp table category_documents as
with recursive nodes as (
    select 0 as level, message_id, published_at, data::json as node
    from documents_of('vtex_categories')
    where starts_with(data, '{') and json_valid(data)
    union all
    select level + 1, message_id, published_at, unnest(node -> '$.children[*]')
    from nodes
),

stated as (
    select
        coalesce(node ->> '$.Id', node ->> '$.id') as category_id,
        coalesce(node ->> '$.Name', node ->> '$.name') as category_name,
        published_at as valid_from
    from nodes
    where category_id is not null
    qualify row_number() over (partition by category_id, published_at order by level, message_id desc, category_name) = 1
)

select *, lead(valid_from) over (partition by category_id order by valid_from) as valid_to from stated;

-- What is known first of a thing held before, too.
update sku_documents set valid_from = least(valid_from, beginning())
where rowid in (select arg_min(rowid, valid_from) from sku_documents group by sku_id);
update product_documents set valid_from = least(valid_from, beginning())
where rowid in (select arg_min(rowid, valid_from) from product_documents group by product_id);
update brand_documents set valid_from = least(valid_from, beginning())
where rowid in (select arg_min(rowid, valid_from) from brand_documents group by brand_id);
update category_documents set valid_from = least(valid_from, beginning())
where rowid in (select arg_min(rowid, valid_from) from category_documents group by category_id);

create temp table till_skus as
with current_skus as (select * from sku_documents where valid_to is null),

by_ean as (
    select ean as till_product_id, min(sku_id) as sku_id from current_skus where ean is not null group by ean having count(*) = 1
),

by_reference_id as (
    select reference_id as till_product_id, min(sku_id) as sku_id
    from current_skus
    where reference_id is not null
    group by reference_id
    having count(*) = 1
),

products as (
    select distinct till_product_id from receipt_lines
    union
    select till_product_id from campaign_coupons
)

select
    till_product_id,
    coalesce(by_ean.sku_id, by_reference_id.sku_id, 'pos:' || till_product_id) as sku_id,
    coalesce(by_ean.sku_id, by_reference_id.sku_id) is not null as is_mapped
from products
left join by_ean using (till_product_id)
left join by_reference_id using (till_product_id)
where till_product_id is not null;

create temp table price_documents as
with known as (
    select
        message_id,
        published_at,
        from_json(
            case when starts_with(data, '{') and json_valid(data) then data end,
            '{
                "itemId": "VARCHAR", "basePrice": "JSON", "listPrice": "VARCHAR", "costPrice": "VARCHAR",
                "fixedPrices": [{
                    "tradePolicyId": "VARCHAR", "minQuantity": "BIGINT", "value": "VARCHAR", "listPrice": "VARCHAR",
                    "dateRange": {"from": "VARCHAR", "to": "VARCHAR"}
                }]
            }'
        ) as document
    from documents_of('vtex_prices')
),

newest as (
    select document.itemId as sku_id, published_at as valid_from, document
    from known
    where document.itemId is not null and regexp_matches(cast(document.basePrice as varchar), '^-?[0-9]')
    qualify row_number() over (partition by sku_id, published_at order by message_id desc) = 1
)

select
    *,
    amount(document.costPrice) as cost_price_amount,
    row_number() over (partition by sku_id order by valid_from) as version_number,
    lead(valid_from) over (partition by sku_id order by valid_from) as valid_to
from newest;

create temp table stock_levels as
with said as (
    select data ->> '$.skuId' as sku_id, published_at as valid_from, message_id, data
    from documents_of('vtex_inventory')
    where starts_with(data, '{') and json_valid(data)
),

newest as (
    select * from said
    where sku_id is not null
    qualify row_number() over (partition by sku_id, valid_from order by message_id desc) = 1
),

changes as (
    select sku_id, valid_from, from_json(
        data -> '$.balance',
        '[{"warehouseId": "VARCHAR", "totalQuantity": "VARCHAR", "reservedQuantity": "VARCHAR", "hasUnlimitedQuantity": "BOOLEAN"}]'
    ) as balance
    from newest
    qualify data is distinct from lag(data) over (partition by sku_id order by valid_from)
),

followed as (
    -- A warehouse that the next document does not name has nothing of the SKU any more.
    select *, lead(valid_from) over (partition by sku_id order by valid_from) as valid_to
    from changes
    where balance is not null
),

levels as (
    select sku_id, valid_from, valid_to, unnest(balance) as level, generate_subscripts(balance, 1) as place
    from followed
)

select
    sku_id,
    coalesce(nullif(level.warehouseId, ''), 'unknown') as warehouse_id,
    coalesce(amount(level.totalQuantity), 0) as total_units,
    coalesce(amount(level.reservedQuantity), 0) as reserved_units,
    coalesce(level.hasUnlimitedQuantity, false) as is_unlimited,
    valid_from,
    valid_to
from levels
qualify row_number() over (partition by sku_id, warehouse_id, valid_from order by place) = 1;

create temp table sku_versions as
with sku_products as (
    select distinct
        skus.sku_id,
        skus.product_id,
        coalesce(products.brand_id, skus.brand_id) as brand_id,
        products.category_id,
        products.department_id
    from sku_documents as skus
    left join product_documents as products using (product_id)
),

change_points as (
    select sku_id, valid_from as changed_at from sku_documents
    union
    select sku_id, valid_from from sku_products inner join product_documents using (product_id)
    union
    select sku_id, valid_from from sku_products inner join brand_documents using (brand_id)
    union
    select sku_id, valid_from from sku_products inner join category_documents using (category_id)
    union
    select sku_id, valid_from
    from sku_products inner join category_documents on sku_products.department_id = category_documents.category_id
),

described as (
    select
        points.sku_id,
        points.changed_at,
        [
            skus.product_id, skus.sku_name, skus.reference_id, skus.ean, skus.measurement_unit, skus.is_active,
            products.product_name, coalesce(products.brand_id, skus.brand_id), coalesce(brands.brand_name, skus.brand_name),
            products.category_id, categories.category_name, products.department_id, departments.category_name
        ] as attributes
    from change_points as points
    asof join sku_documents as skus on points.sku_id = skus.sku_id and points.changed_at >= skus.valid_from
    asof left join product_documents as products
        on skus.product_id = products.product_id and points.changed_at >= products.valid_from
    asof left join brand_documents as brands
        on coalesce(products.brand_id, skus.brand_id) = brands.brand_id and points.changed_at >= brands.valid_from
    asof left join category_documents as categories
        on products.category_id = categories.category_id and points.changed_at >= categories.valid_from
    asof left join category_documents as departments
        on products.department_id = departments.category_id and points.changed_at >= departments.valid_from
),

told_by_tills as (
    -- Of what is said on one day the last counts.
    select
        till_skus.sku_id,
        cast(cast(lines.sold_at as date) as timestamp) as changed_at,
        [lines.item_name, lines.brand_name, lines.category_name, lines.department_name] as attributes
    from receipt_lines as lines
    inner join till_skus on lines.till_product_id = till_skus.till_product_id and not till_skus.is_mapped
    qualify
        row_number() over (
            partition by till_skus.sku_id, cast(lines.sold_at as date)
            order by
                lines.sold_at desc, lines.item_name desc nulls last, lines.brand_name desc nulls last,
                lines.category_name desc nulls last, lines.department_name desc nulls last
        ) = 1
),

undescribed as (
    select sku_id from (
        select line.id as sku_id from order_lines
        union
        select sku_id from price_documents
        union
        select sku_id from stock_levels
    )
    where sku_id is not null and sku_id not in (select sku_id from sku_documents)
    union
    select sku_id from till_skus
    where not is_mapped and sku_id not in (select sku_id from told_by_tills)
),

known as (
    from described
    union all
    from told_by_tills
    union all
    select sku_id, beginning(), [] from undescribed
),

changes as (
    select
        sku_id,
        case
            when row_number() over (partition by sku_id order by changed_at) = 1 then least(changed_at, beginning())
            else changed_at
        end as valid_from
    from known
    qualify attributes is distinct from lag(attributes) over (partition by sku_id order by changed_at)
)

select
    sku_id,
    md5(part(sku_id) || moment(valid_from)) as sku_key,
    valid_from,
    coalesce(lead(valid_from) over (partition by sku_id order by valid_from), timestamp '9999-12-31') as valid_to
from changes;
