with

days as (

    {{ date_spine("2010-01-01", "2036-01-01") | indent(4) }}
    union distinct
    -- A day that an order names and the calendar lacks is inferred, as any unknown member is.
    select {{ local_date("created_at") }} as date_day
    from {{ ref("cleansed_orders") }}

),

holidays as (

    select * from {{ ref("holidays") }}

),

final as (

    select
        days.date_day,
        holidays.holiday_name,
        cast(extract(year from days.date_day) as {{ dbt.type_bigint() }}) as year,
        cast(extract(quarter from days.date_day) as {{ dbt.type_bigint() }}) as quarter,
        cast(extract(month from days.date_day) as {{ dbt.type_bigint() }}) as month,
        cast(extract(day from days.date_day) as {{ dbt.type_bigint() }}) as day_of_month,
        cast({{ iso_week("days.date_day") }} as {{ dbt.type_bigint() }}) as iso_week,
        cast({{ iso_day_of_week("days.date_day") }} as {{ dbt.type_bigint() }}) as day_of_week,
        {{ iso_day_of_week("days.date_day") }} >= 6 as is_weekend,
        coalesce(holidays.is_national, false) as is_national_holiday
    from days
    left join holidays on days.date_day = holidays.holiday_date

)

select * from final
