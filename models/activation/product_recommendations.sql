{{ config(cluster_by=["customer_id"]) }}

{%- set run_date = local_date(as_of()) -%}
{%- set components = ["repeat", "due", "similar", "popular", "own_model"] %}
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
    where inventory_date = {{ run_date }}

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

scored as (

    select
        candidates.*,
        customer_stores.store_id,
        skus.sku_name,
        {% for component in components -%}
        {{ weighed("candidates." ~ component ~ "_score", "weights." ~ component ~ "_weight") }}
            as weighed_{{ component }},
        {% endfor -%}
        {{ run_date }} as run_date
    from candidates
    cross join weights
    inner join skus on candidates.sku_id = skus.sku_id
    left join excluded on candidates.sku_id = excluded.sku_id
    left join customer_stores on candidates.customer_id = customer_stores.customer_id
    left join store_stock
        on customer_stores.store_id = store_stock.store_id and candidates.sku_id = store_stock.sku_id
    left join all_stock
        on candidates.sku_id = all_stock.sku_id and customer_stores.store_id is null
    where
        excluded.sku_id is null
        and coalesce(skus.is_active, true)
        -- What nothing is known of is there.
        and coalesce(store_stock.is_available, all_stock.is_available, true)
        and (candidates.purchase_days = 0 or not {{ var("recommendation_new_only") }})

),

blended as (

    select
        *,
        weighed_repeat + weighed_due + weighed_similar + weighed_popular + weighed_own_model as score
    from scored

),

ranked as (

    select
        *,
        row_number() over (partition by customer_id order by score desc, sku_id asc) as rank
    from blended
    where score > 0
    qualify rank <= {{ var("recommendations_per_customer") }}

),

enough as (

    select customer_id
    from ranked
    group by customer_id
    having count(*) >= {{ var("recommendations_at_least") }}

),

reasoned as (

    -- What was bought before is told so; of the rest, what adds most to the score is the reason.
    select
        ranked.*,
        case
            when ranked.due_score > 0 then 'replenishment_due'
            when ranked.purchase_days > 0 then 'bought_before'
            when ranked.weighed_own_model > greatest(ranked.weighed_similar, ranked.weighed_popular) then 'own_model'
            when ranked.weighed_similar > ranked.weighed_popular then 'goes_with'
            else 'popular'
        end as reason_code
    from ranked
    inner join enough on ranked.customer_id = enough.customer_id

),

bought as (

    select
        candidates.*,
        skus.sku_name
    from candidates
    inner join skus on candidates.sku_id = skus.sku_id
    where candidates.purchase_days > 0

),

sources as (

    -- What was bought that a suggestion goes with best.
    select
        reasoned.customer_id,
        reasoned.sku_id,
        bought.sku_name as source_sku_name
    from reasoned
    inner join {{ ref("similar_skus") }} as similar_skus on reasoned.sku_id = similar_skus.similar_sku_id
    inner join bought on reasoned.customer_id = bought.customer_id and similar_skus.sku_id = bought.sku_id
    where reasoned.reason_code = 'goes_with'
    qualify
        row_number() over (
            partition by reasoned.customer_id, reasoned.sku_id
            order by similar_skus.score * least(bought.faded_purchases, 3) desc, similar_skus.sku_id asc
        ) = 1

),

explained as (

    select
        reasoned.*,
        sources.source_sku_name
    from reasoned
    left join sources on reasoned.customer_id = sources.customer_id and reasoned.sku_id = sources.sku_id

),

final as (

    select
        cast(customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(store_id as {{ dbt.type_string() }}) as store_id,
        cast(reason_code as {{ dbt.type_string() }}) as reason_code,
        cast(
            case reason_code
                when 'replenishment_due'
                    then
                        'Costuma comprar a cada ' || cast(usual_interval_days as {{ dbt.type_string() }})
                        || ' dias; a última vez foi em ' || {{ day_in_portuguese("last_sale_date") | indent(24) }}
                when 'bought_before'
                    then
                        'Comprou em '
                        || case
                            when purchase_days > 1
                                then cast(purchase_days as {{ dbt.type_string() }}) || ' dias, o último em '
                            else ''
                        end
                        || {{ day_in_portuguese("last_sale_date") | indent(24) }}
                when 'goes_with' then 'Combina com ' || coalesce(source_sku_name || ', que', 'o que') || ' já comprou'
                when 'own_model' then 'Indicado pelo modelo da loja'
                else 'Entre os mais comprados ultimamente'
            end as {{ dbt.type_string() }}
        ) as reason,
        cast(rank as {{ dbt.type_bigint() }}) as rank,
        cast(score as numeric(38, 9)) as score,
        {% for component in components -%}
        weighed_{{ component }} as {{ component }}_score,
        {% endfor -%}
        run_date,
        last_sale_date
    from explained

)

select * from final
{{ ordered_by(["customer_id", "rank"]) }}
