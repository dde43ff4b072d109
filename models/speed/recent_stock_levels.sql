{#- The stock of SKUs that the newest raw says something of, by all that is known, one SKU at a time. -#}
with

documents as (

    -- A document of all warehouses ends what was said of one that it does not name.
    select
        sku_id,
        max(case when covers_all_warehouses then published_at end) as whole_at
    from {{ published(ref("newest_vtex_inventory")) }}
    group by sku_id

),

statements as (

    select
        sku_id,
        warehouse_id,
        available_units,
        is_unlimited,
        published_at as stated_at,
        message_id,
        element_number,
        true as is_live
    from {{ published(ref("newest_vtex_inventory__levels")) }}
    union all
    select
        sku_id,
        warehouse_id,
        available_units,
        is_unlimited,
        stated_at,
        '' as message_id,
        0 as element_number,
        false as is_live
    from {{ published(ref("known_stock_levels")) }}

),

standing as (

    select statements.*
    from documents
    inner join statements on documents.sku_id = statements.sku_id
    where documents.whole_at is null or statements.stated_at >= documents.whole_at

),

newest as (

    -- What the build has read already is said twice at the same time: the build's own words stand.
    select * from standing
    qualify
        row_number() over (
            partition by sku_id, warehouse_id order by stated_at desc, is_live asc, message_id desc, element_number asc
        ) = 1

),

final as (

    -- A SKU that is in no warehouse any more has a row without one.
    select
        documents.sku_id,
        newest.warehouse_id,
        newest.available_units,
        newest.is_unlimited,
        newest.stated_at,
        newest.is_live
    from documents
    left join newest on documents.sku_id = newest.sku_id

)

select * from final
