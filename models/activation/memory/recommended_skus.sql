{{ config(
    cluster_by=["customer_id"],
    pre_hook="{% do forget_run_date(var('recommendation_memory_days')) %}",
) }}

{%- set identities = ref("cleansed_customer_identities") -%}
{%- set components = ["repeat", "due", "similar", "popular", "viewed", "own_model"] %}
with

weights as (

    {{ recommendation_weights() | indent(4) }}

),

candidates as (

    select * from {{ ref("recommendation_candidates") }}

),

exclusions as (

    select * from {{ ref("recommendation_exclusions") }}

),

skus as (

    select * from {{ ref("dim_skus") }}
    where is_current

),

excluded as (

    select distinct skus.sku_id
    from skus
    inner join exclusions
        on
            (exclusions.attribute = 'sku_id' and skus.sku_id = exclusions.excluded_value)
            or (exclusions.attribute = 'category_id' and skus.category_id = exclusions.excluded_value)
            or (exclusions.attribute = 'category_name' and skus.category_name = exclusions.excluded_value)
            or (exclusions.attribute = 'department_id' and skus.department_id = exclusions.excluded_value)
            or (exclusions.attribute = 'department_name' and skus.department_name = exclusions.excluded_value)
            or (exclusions.attribute = 'brand_name' and skus.brand_name = exclusions.excluded_value)

),

customer_stores as (

    select * from {{ ref("agg_customer_stores") }}
    where is_usual

),

stock as (

    select
        *,
        is_unlimited or available_units > 0 as is_available
    from {{ ref("fct_inventory_levels") }}
    where inventory_date = {{ run_date() }}

),

store_stock as (

    select
        store_warehouses.store_id,
        stock.sku_id,
        max(case when stock.is_available then 1 else 0 end) = 1 as is_available
    from stock
    inner join {{ ref("known_store_warehouses") }} as store_warehouses
        on stock.warehouse_id = store_warehouses.warehouse_id
    group by store_warehouses.store_id, stock.sku_id

),

all_stock as (

    select
        sku_id,
        max(case when is_available then 1 else 0 end) = 1 as is_available
    from stock
    group by sku_id

),

resting as (

    {% if is_incremental() %}
    -- Whoever was joined to another person since has that one's id now.
    select
        coalesce(identities.customer_id, remembered.customer_id) as customer_id,
        remembered.sku_id,
        max(remembered.run_date) as last_run_date
    from {{ this }} as remembered
    left join {{ identities }} as identities on remembered.customer_id = identities.identifier_id
    where
        remembered.run_date > {{ days_after(run_date(), -var("recommendation_cooldown_days")) }}
        and remembered.run_date < {{ run_date() }}
    group by coalesce(identities.customer_id, remembered.customer_id), remembered.sku_id
    {% else %}
    select
        customer_id,
        sku_id,
        last_sale_date as last_run_date
    from candidates
    where false
    {% endif %}

),

scored as (

    select
        candidates.*,
        customer_stores.store_id,
        (
            {%- for component in components %}
            {% if not loop.first %}+ {% endif -%}
            {{ weighed("candidates." ~ component ~ "_score", "weights." ~ component ~ "_weight") }}
            {%- endfor %}
        ) as score
    from candidates
    cross join weights
    inner join skus on candidates.sku_id = skus.sku_id
    left join excluded on candidates.sku_id = excluded.sku_id
    left join customer_stores on candidates.customer_id = customer_stores.customer_id
    left join store_stock
        on customer_stores.store_id = store_stock.store_id and candidates.sku_id = store_stock.sku_id
    left join all_stock
        on candidates.sku_id = all_stock.sku_id and customer_stores.store_id is null
    left join resting on candidates.customer_id = resting.customer_id and candidates.sku_id = resting.sku_id
    where
        excluded.sku_id is null
        and coalesce(skus.is_active, true)
        -- What nothing is known of is there.
        and coalesce(store_stock.is_available, all_stock.is_available, true)
        and (candidates.purchase_days = 0 or not {{ var("recommendation_new_only") }})
        -- What was bought since it was recommended may be again.
        and (resting.sku_id is null or candidates.last_sale_date >= resting.last_run_date)

),

ranked as (

    select
        *,
        row_number() over (partition by customer_id order by score desc, sku_id asc) as rank
    from scored
    where score > 0
    qualify rank <= {{ var("recommendations_per_customer") }}

),

enough as (

    select customer_id
    from ranked
    group by customer_id
    having count(*) >= {{ var("recommendations_at_least") }}

),

final as (

    select
        cast(ranked.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(ranked.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(ranked.store_id as {{ dbt.type_string() }}) as store_id,
        cast(ranked.rank as {{ dbt.type_bigint() }}) as rank,
        cast(ranked.score as numeric(38, 9)) as score,
        {{ run_date() }} as run_date
    from ranked
    inner join enough on ranked.customer_id = enough.customer_id

)

select * from final
