{{ config(cluster_by=["customer_id"]) }}

{%- set components = ["repeat", "due", "similar", "popular", "viewed", "own_model"] %}
with

weights as (

    {{ recommendation_weights() | indent(4) }}

),

candidates as (

    select * from {{ ref("recommendation_candidates") }}

),

skus as (

    select * from {{ ref("dim_skus") }}
    where is_current

),

recommended as (

    select
        recommended.*,
        {% for component in components -%}
        {{ weighed("candidates." ~ component ~ "_score", "weights." ~ component ~ "_weight") }}
            as weighed_{{ component }},
        {% endfor -%}
        candidates.due_score,
        candidates.purchase_days,
        candidates.usual_interval_days,
        candidates.last_sale_date,
        candidates.last_viewed_date
    from {{ ref("recommended_skus") }} as recommended
    inner join candidates
        on recommended.customer_id = candidates.customer_id and recommended.sku_id = candidates.sku_id
    cross join weights
    where recommended.run_date = {{ run_date() }}

),

reasoned as (

    -- What was bought or viewed before is told so; of the rest, what adds most to the score is the reason.
    select
        *,
        case
            when due_score > 0 then 'replenishment_due'
            when purchase_days > 0 then 'bought_before'
            when last_viewed_date is not null then 'viewed'
            when weighed_own_model > greatest(weighed_similar, weighed_popular) then 'own_model'
            when weighed_similar > weighed_popular then 'goes_with'
            else 'popular'
        end as reason_code
    from recommended

),

tastes as (

    select
        candidates.customer_id,
        candidates.sku_id,
        candidates.purchase_days > 0 as is_bought,
        case
            when candidates.purchase_days > 0 then least(candidates.faded_purchases, 3)
            else least(candidates.viewed_score, 3) * weights.viewed_together_weight
        end as taste,
        skus.sku_name
    from candidates
    cross join weights
    inner join skus on candidates.sku_id = skus.sku_id
    where candidates.purchase_days > 0 or candidates.last_viewed_date is not null

),

sources as (

    -- What was bought or viewed that a suggestion goes with best.
    select
        reasoned.customer_id,
        reasoned.sku_id,
        tastes.is_bought,
        tastes.sku_name as source_sku_name
    from reasoned
    inner join {{ ref("similar_skus") }} as similar_skus on reasoned.sku_id = similar_skus.similar_sku_id
    inner join tastes on reasoned.customer_id = tastes.customer_id and similar_skus.sku_id = tastes.sku_id
    where reasoned.reason_code = 'goes_with'
    qualify
        row_number() over (
            partition by reasoned.customer_id, reasoned.sku_id
            order by similar_skus.score * tastes.taste desc, similar_skus.sku_id asc
        ) = 1

),

explained as (

    select
        reasoned.*,
        coalesce(sources.is_bought, true) as is_source_bought,
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
                when 'viewed' then 'Viu em ' || {{ day_in_portuguese("last_viewed_date") | indent(24) }}
                when 'goes_with'
                    then
                        'Combina com ' || coalesce(source_sku_name || ', que', 'o que')
                        || case when is_source_bought then ' já comprou' else ' viu' end
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
