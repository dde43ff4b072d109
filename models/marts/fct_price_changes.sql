{{ config(partition_by=partitioned_by("changed_date", "date", "month"), cluster_by=["sku_id"]) }}

with

points as (

    select
        *,
        lag(version_number) over (partition by price_series_id order by version_number) as last_version_number,
        lag(price_amount) over (partition by price_series_id order by version_number) as last_price_amount,
        lag(list_price_amount) over (partition by price_series_id order by version_number) as last_list_price_amount,
        lag(cost_price_amount) over (partition by price_series_id order by version_number) as last_cost_price_amount
    from {{ ref("cleansed_price_points") }}

),

changes as (

    -- A price that a document leaves out has ended; if a later one states it again, it begins anew.
    select
        *,
        case
            when last_version_number is null then 1
            when last_version_number <> version_number - 1 then 1
            when price_amount <> last_price_amount then 1
            when coalesce(list_price_amount, -1) <> coalesce(last_list_price_amount, -1) then 1
            when coalesce(cost_price_amount, -1) <> coalesce(last_cost_price_amount, -1) then 1
            else 0
        end as is_change
    from points

),

numbered as (

    select
        *,
        sum(is_change) over (partition by price_series_id order by version_number) as change_number
    from changes

),

spans as (

    select
        price_series_id,
        change_number,
        min(sku_id) as sku_id,
        min(price_type) as price_type,
        min(trade_policy_id) as trade_policy_id,
        min(minimum_quantity) as minimum_quantity,
        min(price_amount) as price_amount,
        min(list_price_amount) as list_price_amount,
        min(cost_price_amount) as cost_price_amount,
        min(begins_at) as begins_at,
        min(ends_at) as ends_at,
        min(valid_from) as valid_from,
        case when count(*) = count(valid_to) then max(valid_to) end as valid_to
    from numbered
    group by price_series_id, change_number

),

compared as (

    select
        *,
        case
            when lag(valid_to) over (partition by price_series_id order by change_number) = valid_from
                then lag(price_amount) over (partition by price_series_id order by change_number)
        end as previous_price_amount
    from spans

),

skus as (

    select * from {{ ref("dim_skus") }}

),

final as (

    select
        cast(compared.price_series_id as {{ dbt.type_string() }}) as price_series_id,
        cast(compared.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(skus.sku_key as {{ dbt.type_string() }}) as sku_key,
        cast(compared.price_type as {{ dbt.type_string() }}) as price_type,
        cast(compared.trade_policy_id as {{ dbt.type_string() }}) as trade_policy_id,
        cast('{{ var("default_currency") }}' as {{ dbt.type_string() }}) as currency_code,
        cast(compared.minimum_quantity as {{ dbt.type_bigint() }}) as minimum_quantity,
        cast(compared.previous_price_amount as numeric(38, 9)) as previous_price_amount,
        cast(compared.price_amount as numeric(38, 9)) as price_amount,
        cast(
            (compared.price_amount - compared.previous_price_amount) * 100
            / nullif(compared.previous_price_amount, 0) as numeric(38, 9)
        ) as change_percent,
        cast(compared.list_price_amount as numeric(38, 9)) as list_price_amount,
        cast(compared.cost_price_amount as numeric(38, 9)) as cost_price_amount,
        compared.valid_to is null as is_current,
        {{ local_date("compared.valid_from") }} as changed_date,
        cast(compared.begins_at as timestamp) as begins_at,
        cast(compared.ends_at as timestamp) as ends_at,
        cast(compared.valid_from as timestamp) as valid_from,
        cast(compared.valid_to as timestamp) as valid_to
    from compared
    left join skus
        on
            compared.sku_id = skus.sku_id
            and {{ valid_at("compared.valid_from", "skus") | indent(12) }}

)

select * from final
