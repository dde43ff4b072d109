{{ config(cluster_by=["customer_id"]) }}

with

customers as (

    select * from {{ ref("agg_customer_stores") }}
    where is_usual

),

skus as (

    select * from {{ ref("dim_skus") }}
    where is_current

),

stock as (

    select * from {{ ref("known_store_stock") }}
    where is_available

),

paces as (

    select * from {{ ref("agg_stock_cover") }}

),

purchases as (

    select * from {{ ref("customer_skus") }}

),

views as (

    select
        viewed.customer_id,
        viewed.sku_id,
        max(viewed.viewed_date) as interest_date,
        sum(viewed.view_count) as reason_value
    from {{ ref("viewed_skus") }} as viewed
    inner join customers on viewed.customer_id = customers.customer_id
    inner join stock on customers.store_id = stock.store_id and viewed.sku_id = stock.sku_id
    where {{ days_between("viewed.viewed_date", run_date()) }} <= {{ var("interest_days") }}
    group by viewed.customer_id, viewed.sku_id

),

searches as (

    -- Without the s of a plural, a term is found in names of one thing and of many.
    select
        events.customer_id,
        customers.store_id,
        rtrim(lower(trim(events.search_term)), 's') as search_term,
        max(events.occurred_date) as interest_date
    from {{ ref("fct_storefront_events") }} as events
    inner join customers on events.customer_id = customers.customer_id
    where
        events.activity = 'internalSiteSearchView'
        and events.search_term is not null
        and not events.is_bot
        and events.occurred_at <= {{ as_of() }}
        and {{ days_between("events.occurred_date", run_date()) }} <= {{ var("interest_days") }}
    group by events.customer_id, customers.store_id, search_term

),

terms as (

    select distinct
        store_id,
        search_term
    from searches
    where length(search_term) > 2

),

found as (

    -- Of what a shop has by that name, what sells best.
    select
        terms.store_id,
        terms.search_term,
        stock.sku_id,
        coalesce(paces.sold_units, 0) / (coalesce(paces.sold_units, 0) + 1) as reason_value
    from terms
    inner join stock on terms.store_id = stock.store_id
    inner join skus on stock.sku_id = skus.sku_id
    left join paces on stock.sku_id = paces.sku_id
    where strpos(lower(coalesce(skus.sku_name, skus.product_name)), terms.search_term) > 0
    qualify
        row_number() over (
            partition by terms.store_id, terms.search_term
            order by coalesce(paces.sold_units, 0) desc, stock.sku_id
        ) = 1

),

interests as (

    select
        customer_id,
        sku_id,
        interest_date,
        true as is_viewed,
        reason_value
    from views
    union all
    select
        searches.customer_id,
        found.sku_id,
        searches.interest_date,
        false as is_viewed,
        found.reason_value
    from searches
    inner join found on searches.store_id = found.store_id and searches.search_term = found.search_term

),

best as (

    -- A view tells more of what was wanted than a name that was searched for.
    select interests.*
    from interests
    left join purchases on interests.customer_id = purchases.customer_id and interests.sku_id = purchases.sku_id
    where coalesce(purchases.last_bought_date < interests.interest_date, true)
    qualify
        row_number() over (
            partition by interests.customer_id, interests.sku_id
            order by case when interests.is_viewed then 0 else 1 end, interests.interest_date desc
        ) = 1

),

final as (

    select
        cast(customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(
            case when is_viewed then 'Viu {produto}' else 'Procurou algo como {produto}' end
            || ' na loja virtual ' || {{ days_ago(days_between("interest_date", run_date())) | indent(12) }}
            || ', e a loja tem.'
            as {{ dbt.type_string() }}
        ) as reason,
        cast(reason_value as numeric(38, 9)) as reason_value
    from best

)

select * from final
