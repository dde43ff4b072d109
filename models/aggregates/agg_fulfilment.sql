{{ config(partition_by=partitioned_by("promised_date", "date", "month"), cluster_by=["carrier", "state"]) }}

with

shipments as (

    select * from {{ ref("fct_shipments") }}
    where
        promised_date is not null
        and not is_return
        and is_counted

),

daily as (

    select
        promised_date,
        carrier,
        coalesce(delivery_state, 'unknown') as state,
        currency_code,
        count(*) as shipment_count,
        count(case when is_delivered then 1 end) as delivered_count,
        count(case when is_delivered and not is_late then 1 end) as on_time_count,
        count(case when is_late then 1 end) as late_count,
        sum(invoice_amount) as invoice_amount,
        sum({{ days_between("issued_date", "delivered_date") }}) as days_to_deliver,
        count({{ days_between("issued_date", "delivered_date") }}) as timed_count
    from shipments
    group by promised_date, carrier, coalesce(delivery_state, 'unknown'), currency_code

),

final as (

    select
        cast(carrier as {{ dbt.type_string() }}) as carrier,
        cast(state as {{ dbt.type_string() }}) as state,
        cast(currency_code as {{ dbt.type_string() }}) as currency_code,
        cast(shipment_count as {{ dbt.type_bigint() }}) as shipment_count,
        cast(delivered_count as {{ dbt.type_bigint() }}) as delivered_count,
        cast(on_time_count as {{ dbt.type_bigint() }}) as on_time_count,
        cast(late_count as {{ dbt.type_bigint() }}) as late_count,
        cast(invoice_amount as numeric(38, 9)) as invoice_amount,
        cast(days_to_deliver / nullif(timed_count, 0) as numeric(38, 9)) as average_days_to_deliver,
        promised_date
    from daily

)

select * from final
