{{ config(cluster_by=["customer_id"]) }}

with

falls as (

    select * from {{ ref("fct_price_changes") }}
    where
        is_current
        and price_type = 'base'
        and change_percent <= -{{ var("price_fall_percent") }}
        and valid_from <= {{ as_of() }}
        and {{ days_between("changed_date", run_date()) }} <= {{ var("price_fall_days") }}

),

views as (

    select * from {{ ref("viewed_skus") }}

),

purchases as (

    select * from {{ ref("customer_skus") }}

),

viewed as (

    select
        views.customer_id,
        views.sku_id,
        falls.price_series_id,
        falls.change_percent,
        falls.previous_price_amount,
        falls.price_amount,
        falls.changed_date,
        max(views.viewed_date) as viewed_date
    from views
    inner join falls on views.sku_id = falls.sku_id
    where views.first_viewed_at < falls.valid_from
    group by
        views.customer_id, views.sku_id, falls.price_series_id, falls.change_percent, falls.previous_price_amount,
        falls.price_amount, falls.changed_date

),

wanted as (

    select viewed.*
    from viewed
    left join purchases on viewed.customer_id = purchases.customer_id and viewed.sku_id = purchases.sku_id
    where coalesce(purchases.last_bought_date < viewed.viewed_date, true)

),

final as (

    select
        cast(customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(
            'Viu {produto} na loja virtual ' || {{ days_ago(days_between("viewed_date", run_date())) | indent(12) }}
            || ', e o preço caiu '
            || cast(cast(round(-change_percent) as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }})
            || '% ' || {{ days_ago(days_between("changed_date", run_date())) | indent(12) }} || '.'
            as {{ dbt.type_string() }}
        ) as reason,
        cast(previous_price_amount - price_amount as numeric(38, 9)) as reason_value
    from wanted

)

select * from final
