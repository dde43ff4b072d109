{{ config(partition_by=partitioned_by("inventory_date", "date", "month"), cluster_by=["sku_id", "warehouse_id"]) }}

{%- set as_of_date = local_date(as_of()) -%}
{%- set dense_from = "cast(" ~ dbt.dateadd("day", 1 - var("dense_inventory_days"), as_of_date) ~ " as date)" -%}

with

levels as (

    select
        *,
        {{ local_date("valid_from") }} as first_date,
        -- What holds when a day ends is its level, so the day on which another begins is the other's.
        case
            when valid_to <= {{ as_of() }}
                then cast({{ dbt.dateadd("day", -1, local_date("valid_to")) | indent(16) }} as date)
            else {{ as_of_date }}
        end as last_date
    from {{ ref("cleansed_stock_levels") }}
    where valid_from <= {{ as_of() }}

),

dense as (

    {{ each_day(
        "levels", ["sku_id", "warehouse_id", "total_units", "reserved_units", "is_unlimited"],
        "greatest(first_date, " ~ dense_from ~ ")", "last_date"
    ) | indent(4) }}

),

days as (

    select * from dense
    union all
    -- Older days are kept where the level was stated.
    select
        sku_id,
        warehouse_id,
        total_units,
        reserved_units,
        is_unlimited,
        first_date as date_day
    from levels
    where first_date < {{ dense_from }} and first_date <= last_date

),

skus as (

    select
        sku_id,
        sku_key,
        {{ local_date("valid_from") }} as first_date,
        {{ local_date("valid_to") }} as end_date
    from {{ ref("dim_skus") }}

),

final as (

    select
        cast(days.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(skus.sku_key as {{ dbt.type_string() }}) as sku_key,
        cast(days.warehouse_id as {{ dbt.type_string() }}) as warehouse_id,
        cast(days.total_units as numeric(38, 9)) as total_units,
        cast(days.reserved_units as numeric(38, 9)) as reserved_units,
        cast(
            case when days.reserved_units < days.total_units then days.total_units - days.reserved_units else 0 end
            as numeric(38, 9)
        ) as available_units,
        days.is_unlimited,
        days.date_day as inventory_date
    from days
    left join skus
        on
            days.sku_id = skus.sku_id
            and {{ valid_at("days.date_day", "skus", since="first_date", until="end_date", type="date") | indent(12) }}

)

select * from final
