{{ config(partition_by=partitioned_by("search_date", "date", "month"), cluster_by=["search_term"]) }}

{%- set in_session = "partition by session_id order by occurred_at, event_id" -%}

with

events as (

    select
        session_id,
        event_id,
        occurred_at,
        occurred_date,
        case when activity = 'internalSiteSearchView' then result_count end as result_count,
        -- A search that looked personal is one, but of no term.
        case when activity = 'internalSiteSearchView' then coalesce(lower(trim(search_term)), '') end as search_term,
        activity in ('productClick', 'productView') as is_click,
        activity = 'orderPlaced' as is_order
    from {{ ref("fct_storefront_events") }}
    where
        not is_bot
        and activity in ('internalSiteSearchView', 'productClick', 'productView', 'orderPlaced')

),

compared as (

    select
        *,
        last_value(search_term ignore nulls) over (
            {{ in_session }} rows between unbounded preceding and 1 preceding
        ) as previous_term
    from events

),

numbered as (

    -- A term told again, on its second page or by two programs, is the same search.
    select
        *,
        sum(case when search_term <> coalesce(previous_term, '-' || search_term) then 1 else 0 end) over (
            {{ in_session }} rows between unbounded preceding and current row
        ) as search_number
    from compared

),

searches as (

    select
        max(search_term) as search_term,
        min(case when search_term is not null then occurred_date end) as search_date,
        coalesce(max(result_count), 1) = 0 as is_without_results,
        max(case when is_click then 1 else 0 end) as is_clicked,
        max(case when is_order then 1 else 0 end) as is_ordered
    from numbered
    where search_number > 0
    group by session_id, search_number

),

days as (

    select
        search_date,
        search_term,
        count(*) as search_count,
        count(case when is_without_results then 1 end) as empty_search_count,
        sum(is_clicked) as clicked_search_count,
        sum(is_ordered) as ordered_search_count
    from searches
    where search_term <> ''
    group by search_date, search_term

),

final as (

    select
        cast(search_term as {{ dbt.type_string() }}) as search_term,
        cast(search_count as {{ dbt.type_bigint() }}) as search_count,
        cast(empty_search_count as {{ dbt.type_bigint() }}) as empty_search_count,
        cast(clicked_search_count as {{ dbt.type_bigint() }}) as clicked_search_count,
        cast(ordered_search_count as {{ dbt.type_bigint() }}) as ordered_search_count,
        search_date
    from days

)

select * from final
