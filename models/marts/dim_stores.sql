{#- A shop is a pickup point, a franchise seller, or both. One rule unites them, first match first: the pickup point
    names the seller by id or by name; its id is the seller's, or begins with it (`shop_A1`); they bear one name.
    Facts name a shop by its pickup point's id, with or without the account before it (`1_A1`), or by its seller; so do
    tills, and who is named by tills alone is a shop as well. -#}
{%- set element_text = "cast(element as " ~ dbt.type_string() ~ ")" -%}
with

pickup_points as (

    select * from {{ ref("cleansed_pickup_points") }}
    where is_current

),

sellers as (

    -- `1` is the account's own name for itself.
    select * from {{ ref("cleansed_sellers") }}
    where is_current and seller_id <> '1'

),

warehouses as (

    select * from {{ ref("cleansed_warehouses") }}
    where is_current

),

mentions as (

    select
        store_id,
        0 as is_till
    from {{ ref("fct_orders") }}
    where store_id is not null
    union all
    select
        store_id,
        1 as is_till
    from {{ ref("cleansed_receipts") }}
    union all
    select
        store_id,
        1 as is_till
    from {{ ref("cleansed_operators") }}
    where store_id is not null

),

named as (

    select
        store_id,
        regexp_replace(store_id, '_.*$', '') as account_id,
        regexp_replace(store_id, '^[^_]*_', '') as bare_store_id,
        max(is_till) = 1 as has_tills
    from mentions
    group by store_id

),

served as (

    {{ exploded("warehouses", "pickup_point_ids", ["warehouse_id"]) | indent(4) }}

),

served_points as (

    select distinct
        warehouse_id,
        {{ typed_json("id", element_text) | indent(8) }} as pickup_point_id
    from served

),

warehouse_lists as (

    select
        pickup_point_id,
        {{ dbt.listagg("warehouse_id", "', '", "order by warehouse_id") }} as warehouse_ids
    from served_points
    where pickup_point_id is not null
    group by pickup_point_id

),

links as (

    {% for match in [
        "pickup_points.seller_id = sellers.seller_id",
        "pickup_points.seller_id = sellers.seller_name",
        "regexp_replace(pickup_points.pickup_point_id, '_.*$', '') = sellers.seller_id",
        "pickup_points.pickup_point_name = sellers.seller_name",
    ] %}
    select
        pickup_points.pickup_point_id,
        sellers.seller_id,
        sellers.seller_name,
        sellers.is_active,
        {{ loop.index }} as match_rank
    from pickup_points
    inner join sellers on {{ match }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

best_links as (

    select * from links
    qualify row_number() over (partition by pickup_point_id order by match_rank, seller_id) = 1

),

shops as (

    select
        pickup_points.pickup_point_id as shop_id,
        pickup_points.pickup_point_id,
        coalesce(best_links.seller_id, pickup_points.seller_id) as seller_id,
        coalesce(pickup_points.pickup_point_name, best_links.seller_name) as store_name,
        case when best_links.seller_id is null then 'pickup point' else 'both' end as store_type,
        warehouse_lists.warehouse_ids,
        pickup_points.city,
        pickup_points.state,
        pickup_points.postal_code_prefix,
        coalesce(pickup_points.is_active, best_links.is_active) as is_active
    from pickup_points
    left join best_links on pickup_points.pickup_point_id = best_links.pickup_point_id
    left join warehouse_lists on pickup_points.pickup_point_id = warehouse_lists.pickup_point_id
    union all
    select
        sellers.seller_id as shop_id,
        cast(null as {{ dbt.type_string() }}) as pickup_point_id,
        sellers.seller_id,
        sellers.seller_name,
        'seller' as store_type,
        cast(null as {{ dbt.type_string() }}) as warehouse_ids,
        cast(null as {{ dbt.type_string() }}) as city,
        cast(null as {{ dbt.type_string() }}) as state,
        cast(null as {{ dbt.type_string() }}) as postal_code_prefix,
        sellers.is_active
    from sellers
    left join best_links on sellers.seller_id = best_links.seller_id
    -- VTEX's type 2, a whitelabel seller, is a franchise account; others sell from no shop of the chain's.
    where sellers.seller_type = 2 and best_links.seller_id is null

),

single_shops as (

    select * from shops
    qualify count(*) over (partition by seller_id) = 1

),

matches as (

    {% for relation, match in [
        ("shops", "named.store_id = shops.pickup_point_id"),
        ("shops", "named.bare_store_id = shops.pickup_point_id"),
        ("single_shops", "named.store_id = shops.seller_id"),
        ("single_shops", "named.account_id = shops.seller_id"),
    ] %}
    select
        named.store_id,
        shops.shop_id,
        {{ loop.index }} as match_rank
    from named
    inner join {{ relation }} as shops on {{ match }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

best_matches as (

    select * from matches
    qualify row_number() over (partition by store_id order by match_rank, shop_id) = 1

),

members as (

    -- Facts may know one shop under several ids: each is a member, described alike.
    select
        coalesce(best_matches.store_id, shops.shop_id) as store_id,
        shops.store_name,
        shops.store_type,
        shops.pickup_point_id,
        shops.seller_id,
        shops.warehouse_ids,
        shops.city,
        shops.state,
        shops.postal_code_prefix,
        shops.is_active,
        coalesce(named.has_tills, false) as has_tills,
        false as is_inferred
    from shops
    left join best_matches on shops.shop_id = best_matches.shop_id
    left join named on best_matches.store_id = named.store_id
    union all
    select
        named.store_id,
        named.store_id as store_name,
        case when named.has_tills then 'till' end as store_type,
        cast(null as {{ dbt.type_string() }}) as pickup_point_id,
        cast(null as {{ dbt.type_string() }}) as seller_id,
        cast(null as {{ dbt.type_string() }}) as warehouse_ids,
        cast(null as {{ dbt.type_string() }}) as city,
        cast(null as {{ dbt.type_string() }}) as state,
        cast(null as {{ dbt.type_string() }}) as postal_code_prefix,
        cast(null as {{ dbt.type_boolean() }}) as is_active,
        named.has_tills,
        true as is_inferred
    from named
    left join best_matches on named.store_id = best_matches.store_id
    where best_matches.store_id is null

),

final as (

    select
        cast(store_id as {{ dbt.type_string() }}) as store_id,
        cast(coalesce(store_name, store_id) as {{ dbt.type_string() }}) as store_name,
        cast(store_type as {{ dbt.type_string() }}) as store_type,
        cast(pickup_point_id as {{ dbt.type_string() }}) as pickup_point_id,
        cast(seller_id as {{ dbt.type_string() }}) as seller_id,
        cast(warehouse_ids as {{ dbt.type_string() }}) as warehouse_ids,
        cast(city as {{ dbt.type_string() }}) as city,
        cast(state as {{ dbt.type_string() }}) as state,
        cast(postal_code_prefix as {{ dbt.type_string() }}) as postal_code_prefix,
        coalesce(is_active, true) as is_active,
        has_tills,
        is_inferred
    from members

)

select * from final
