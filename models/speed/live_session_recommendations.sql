{#- For a visit in progress, whoever it is: what goes with what was looked at in it. -#}
{%- set in_session = "partition by source_session_id order by occurred_at, event_id" -%}
{%- set columns = ["event_id", "source_session_id", "activity", "sku_id", "product_id", "occurred_at"] -%}
with

newest as (

    select * from {{ published(ref("newest_storefront_events")) }}

),

known as (

    -- How the visit began may have been read by the build.
    select * from {{ published(ref("fct_storefront_events")) }}
    where
        occurred_at >= cast({{ dbt.dateadd("hour", -24, as_of()) }} as timestamp)
        and source_session_id in (select newest.source_session_id from newest)

),

both_times as (

    select {{ columns | join(", ") }} from newest
    union all
    select {{ columns | join(", ") }} from known

),

events as (

    select * from both_times
    qualify row_number() over (partition by event_id order by occurred_at desc, source_session_id asc) = 1

),

compared as (

    select
        *,
        {{ epoch_micros("occurred_at") }} - {{ epoch_micros("lag(occurred_at) over (" ~ in_session ~ ")") }}
            as idle_micros
    from events

),

numbered as (

    select
        *,
        sum(case when idle_micros > 1800000000 then 1 else 0 end) over (
            {{ in_session }} rows between unbounded preceding and current row
        ) as visit_number
    from compared

),

visits as (

    -- The last one of a session: thirty idle minutes end one.
    select * from numbered
    qualify visit_number = max(visit_number) over (partition by source_session_id)

),

skus as (

    select * from {{ published(ref("dim_skus")) }}
    where is_current

),

products as (

    select * from {{ published(ref("known_products")) }}

),

wants as (

    -- What is put into the cart is wanted more than what is only looked at.
    select
        visits.source_session_id,
        coalesce(visits.sku_id, products.sku_id) as sku_id,
        max(case visits.activity when 'addToCart' then 2 else 1 end) as want,
        max(visits.occurred_at) as wanted_at
    from visits
    left join products on visits.product_id = products.product_id
    where
        visits.activity in ('productView', 'addToCart')
        and coalesce(visits.sku_id, products.sku_id) is not null
    group by visits.source_session_id, coalesce(visits.sku_id, products.sku_id)

),

matches as (

    select
        wants.source_session_id,
        similar_skus.similar_sku_id as sku_id,
        skus.sku_name as source_sku_name,
        wants.wanted_at,
        similar_skus.score * wants.want as score,
        row_number() over (
            partition by wants.source_session_id, similar_skus.similar_sku_id
            order by similar_skus.score * wants.want desc, wants.sku_id asc
        ) as place
    from wants
    inner join {{ published(ref("similar_skus")) }} as similar_skus on wants.sku_id = similar_skus.sku_id
    left join skus on wants.sku_id = skus.sku_id

),

summed as (

    select
        matches.source_session_id,
        matches.sku_id,
        max(case when matches.place = 1 then matches.source_sku_name end) as source_sku_name,
        sum(matches.score) as score,
        max(matches.wanted_at) as wanted_at
    from matches
    left join wants on matches.source_session_id = wants.source_session_id and matches.sku_id = wants.sku_id
    where wants.sku_id is null
    group by matches.source_session_id, matches.sku_id

),

ranked as (

    select
        *,
        row_number() over (partition by source_session_id order by score desc, sku_id asc) as rank
    from summed

),

final as (

    select
        cast(ranked.source_session_id as {{ dbt.type_string() }}) as source_session_id,
        cast(ranked.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(skus.sku_name as {{ dbt.type_string() }}) as sku_name,
        cast(
            'Combina com ' || coalesce(ranked.source_sku_name || ', que', 'o que') || ' viu agora'
            as {{ dbt.type_string() }}
        ) as reason,
        cast(ranked.rank as {{ dbt.type_bigint() }}) as rank,
        cast(ranked.score as numeric(38, 9)) as score,
        cast(ranked.wanted_at as timestamp) as wanted_at
    from ranked
    left join skus on ranked.sku_id = skus.sku_id
    where ranked.rank <= {{ var("recommendations_per_customer") }}

)

select * from final
