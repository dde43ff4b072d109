{#- Many rows a customer, which nobody but the ranking reads: in the restricted file, which is not published. -#}
{{ config(
    database="vitrine_pii" if target.type == "duckdb" else target.database,
    schema="activation_work",
    cluster_by=["customer_id"],
) }}

{%- set cutoff = recommendation_cutoff() -%}
{%- set first_day = days_after(cutoff, -var("recommendation_days") + 1) -%}
{%- set most = var("recommendation_candidates") %}
with

weights as (

    {{ recommendation_weights() | indent(4) }}

),

purchases as (

    -- Who buys a SKU twice in a day buys it once.
    select distinct
        customer_id,
        sku_id,
        sale_date,
        {{ days_between("sale_date", cutoff) }} as age_days
    from {{ ref("fct_sales") }}
    where
        customer_id is not null
        and sku_id is not null
        and sale_date between {{ first_day }} and {{ cutoff }}

),

bought as (

    select
        purchases.customer_id,
        purchases.sku_id,
        count(*) as purchase_days,
        sum({{ faded("purchases.age_days", "weights.repeat_half_life_days") }}) / 1000000 as faded_purchases,
        max({{ faded("purchases.age_days", "weights.popular_half_life_days") }}) as faded_buyer,
        max(purchases.age_days) - min(purchases.age_days) as span_days,
        min(purchases.age_days) as last_age_days,
        max(purchases.sale_date) as last_sale_date
    from purchases
    cross join weights
    group by purchases.customer_id, purchases.sku_id

),

views as (

    select
        *,
        {{ days_between("viewed_date", cutoff) }} as age_days
    from {{ ref("viewed_skus") }}
    where viewed_date <= {{ cutoff }}

),

viewed as (

    -- What was bought on the day or later was found.
    select
        views.customer_id,
        views.sku_id,
        sum({{ faded("views.age_days", "weights.viewed_half_life_days") }}) / 1000000 as faded_views,
        max(views.viewed_date) as last_viewed_date
    from views
    cross join weights
    left join bought on views.customer_id = bought.customer_id and views.sku_id = bought.sku_id
    where bought.last_sale_date is null or views.viewed_date > bought.last_sale_date
    group by views.customer_id, views.sku_id

),

customers as (

    select customer_id from bought
    union distinct
    select customer_id from viewed

),

customer_total as (

    select count(distinct customer_id) as customer_count from bought

),

skus as (

    -- Of few buyers little is known, so ten more are assumed, one of whom came back.
    select
        bought.sku_id,
        sqrt((count(case when bought.purchase_days > 1 then 1 end) + 1) / (count(*) + 10)) as repeat_rate,
        -- Millionths to billionths, rounded among whole numbers: both engines do that alike.
        round(sum(bought.faded_buyer) * 1000 / max(customer_total.customer_count)) / 1e9 as popularity
    from bought
    cross join customer_total
    group by bought.sku_id

),

wanted as (

    select
        bought.*,
        round(bought.faded_purchases * skus.repeat_rate, 9) as repeat_score
    from bought
    inner join skus on bought.sku_id = skus.sku_id

),

wanted_ranked as (

    select
        *,
        row_number() over (partition by customer_id order by repeat_score desc, sku_id asc) as place
    from wanted

),

viewed_ranked as (

    select
        *,
        row_number() over (partition by customer_id order by faded_views desc, sku_id asc) as place
    from viewed

),

tastes as (

    -- More than three purchases, or days on which something was viewed, say no more of taste than three do.
    select
        customer_id,
        sku_id,
        least(faded_purchases, 3) as taste
    from wanted_ranked
    where place <= {{ most }}
    union all
    select
        viewed_ranked.customer_id,
        viewed_ranked.sku_id,
        least(viewed_ranked.faded_views, 3) * weights.viewed_together_weight as taste
    from viewed_ranked
    cross join weights
    where viewed_ranked.place <= {{ most }}

),

near as (

    select
        tastes.customer_id,
        similar_skus.similar_sku_id as sku_id,
        sum(cast(round(1e9 * similar_skus.score * tastes.taste) as {{ dbt.type_bigint() }})) / 1e9 as nearness
    from tastes
    inner join {{ ref("similar_skus") }} as similar_skus on tastes.sku_id = similar_skus.sku_id
    group by tastes.customer_id, similar_skus.similar_sku_id

),

near_ranked as (

    -- What goes with one's purchases, and is bought by many: of either alone one may well have enough.
    select
        near.customer_id,
        near.sku_id,
        round(sqrt(near.nearness * skus.popularity), 9) as similar_score,
        row_number() over (
            partition by near.customer_id, bought.sku_id is null
            order by round(sqrt(near.nearness * skus.popularity), 9) desc, near.sku_id asc
        ) as place,
        bought.sku_id is null as is_new
    from near
    inner join skus on near.sku_id = skus.sku_id
    left join bought on near.customer_id = bought.customer_id and near.sku_id = bought.sku_id

),

popular as (

    select * from skus
    qualify row_number() over (order by popularity desc, sku_id asc) <= {{ 4 * most }}

),

popular_ranked as (

    select
        customers.customer_id,
        popular.sku_id,
        row_number() over (
            partition by customers.customer_id order by popular.popularity desc, popular.sku_id asc
        ) as place
    from customers
    cross join popular
    left join bought on customers.customer_id = bought.customer_id and popular.sku_id = bought.sku_id
    where bought.sku_id is null

),

scores as (

    {{ scored_pairs() | indent(4) }}

),

own_model as (

    -- Between 0 and 1 for each customer, whatever the model's own scale.
    select
        customer_id,
        sku_id,
        score / max(score) over (partition by customer_id) as own_model_score
    from scores
    where score > 0

),

candidates as (

    select
        customer_id,
        sku_id
    from wanted_ranked
    where place <= {{ most }}
    union distinct
    select
        customer_id,
        sku_id
    from viewed_ranked
    where place <= {{ most }}
    union distinct
    select
        customer_id,
        sku_id
    from near_ranked
    where is_new and place <= {{ most }}
    union distinct
    select
        customer_id,
        sku_id
    from popular_ranked
    where place <= {{ most }}
    union distinct
    select
        customer_id,
        sku_id
    from own_model

),

final as (

    select
        cast(candidates.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(candidates.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(coalesce(wanted.repeat_score, 0) as numeric(38, 9)) as repeat_score,
        -- From seven tenths of the usual interval to twice as long: who has stayed away longer has changed habits.
        cast(
            case
                when
                    wanted.purchase_days > 2
                    and 10 * (wanted.last_age_days + {{ var("recommendation_lag_days") }}) * (wanted.purchase_days - 1)
                    between 7 * wanted.span_days and 20 * wanted.span_days
                    then wanted.repeat_score
                else 0
            end as numeric(38, 9)
        ) as due_score,
        cast(coalesce(near_ranked.similar_score, 0) as numeric(38, 9)) as similar_score,
        cast(coalesce(skus.popularity, 0) as numeric(38, 9)) as popular_score,
        cast(round(coalesce(viewed.faded_views, 0), 9) as numeric(38, 9)) as viewed_score,
        cast(round(coalesce(own_model.own_model_score, 0), 9) as numeric(38, 9)) as own_model_score,
        cast(coalesce(wanted.purchase_days, 0) as {{ dbt.type_bigint() }}) as purchase_days,
        cast(round(coalesce(wanted.faded_purchases, 0), 9) as numeric(38, 9)) as faded_purchases,
        cast(
            case when wanted.purchase_days > 1 then round(wanted.span_days / (wanted.purchase_days - 1)) end
            as {{ dbt.type_bigint() }}
        ) as usual_interval_days,
        wanted.last_sale_date,
        viewed.last_viewed_date
    from candidates
    left join wanted on candidates.customer_id = wanted.customer_id and candidates.sku_id = wanted.sku_id
    left join viewed on candidates.customer_id = viewed.customer_id and candidates.sku_id = viewed.sku_id
    left join near_ranked
        on candidates.customer_id = near_ranked.customer_id and candidates.sku_id = near_ranked.sku_id
    left join skus on candidates.sku_id = skus.sku_id
    left join own_model on candidates.customer_id = own_model.customer_id and candidates.sku_id = own_model.sku_id

)

select * from final
{{ ordered_by(["customer_id", "sku_id"]) }}
