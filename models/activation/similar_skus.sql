{{ config(cluster_by=["sku_id"]) }}

{%- set cutoff = recommendation_cutoff() -%}
{%- set first_day = days_after(cutoff, -var("similar_days") + 1) %}
with

weights as (

    {{ recommendation_weights() | indent(4) }}

),

products as (

    -- A page that names a product alone shows one of its SKUs.
    select
        product_id,
        min(sku_id) as sku_id
    from {{ ref("dim_skus") }}
    where is_current and product_id is not null
    group by product_id

),

withdrawn as (

    select sku_id from {{ ref("dim_skus") }}
    where is_current and not is_active

),

baskets as (

    select distinct
        channel || ':' || sale_id as group_id,
        sku_id
    from {{ ref("fct_sales") }}
    where
        sku_id is not null
        and sale_date between {{ first_day }} and {{ cutoff }}

),

visits as (

    select distinct
        events.session_id as group_id,
        coalesce(events.sku_id, products.sku_id) as sku_id
    from {{ ref("fct_storefront_events") }} as events
    left join products on events.product_id = products.product_id
    where
        events.activity = 'productView'
        and not events.is_bot
        and events.session_id is not null
        and coalesce(events.sku_id, products.sku_id) is not null
        and events.occurred_date between {{ first_day }} and {{ cutoff }}

),

{{ pairs_together("baskets", "bought") | indent(0) }}

{{ pairs_together("visits", "viewed") | indent(0) }}

both_kinds as (

    select
        sku_id,
        similar_sku_id,
        together_count as bought_count,
        0 as viewed_count,
        score as bought_score,
        0 as viewed_score
    from bought_scored
    where score > 0
    union all
    select
        sku_id,
        similar_sku_id,
        0 as bought_count,
        together_count as viewed_count,
        0 as bought_score,
        score as viewed_score
    from viewed_scored
    where score > 0

),

pairs as (

    select
        both_kinds.sku_id,
        both_kinds.similar_sku_id,
        max(both_kinds.bought_count) as bought_count,
        max(both_kinds.viewed_count) as viewed_count,
        max(both_kinds.bought_score) as bought_score,
        max(both_kinds.viewed_score) as viewed_score
    from both_kinds
    left join withdrawn on both_kinds.similar_sku_id = withdrawn.sku_id
    where withdrawn.sku_id is null
    group by both_kinds.sku_id, both_kinds.similar_sku_id

),

scored as (

    -- Rounded before it is compared, so that what is as good as equal is told apart by its id, on any engine.
    select
        pairs.*,
        cast(
            round(pairs.bought_score + weights.viewed_together_weight * pairs.viewed_score, 9) as numeric(38, 9)
        ) as score
    from pairs
    cross join weights

),

ranked as (

    select
        *,
        row_number() over (
            partition by sku_id order by score desc, bought_count + viewed_count desc, similar_sku_id asc
        ) as rank
    from scored

),

final as (

    select
        cast(sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(similar_sku_id as {{ dbt.type_string() }}) as similar_sku_id,
        cast(rank as {{ dbt.type_bigint() }}) as rank,
        score,
        cast(bought_count + viewed_count as {{ dbt.type_bigint() }}) as support,
        cast(round(bought_score, 9) as numeric(38, 9)) as bought_score,
        cast(bought_count as {{ dbt.type_bigint() }}) as bought_count,
        cast(round(viewed_score, 9) as numeric(38, 9)) as viewed_score,
        cast(viewed_count as {{ dbt.type_bigint() }}) as viewed_count
    from ranked
    where rank <= {{ var("similar_skus_per_sku") }}

)

select * from final
{{ ordered_by(["sku_id", "rank"]) }}
