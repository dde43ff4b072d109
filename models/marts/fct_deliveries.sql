{#- Twilio tells of a message by its own id, and of the delivery by what stood in the callback's URL; a callback that
    names no delivery is of the one that has that id. -#}
{{ config(partition_by=partitioned_by("run_date", "date", "month"), cluster_by=["customer_id"]) }}
{%- set failed = "status in ('failed', 'undelivered', 'canceled')" -%}

with

told as (

    select * from {{ ref("cleansed_delivery_statuses") }}

),

message_deliveries as (

    select
        message_sid,
        min(delivery_id) as delivery_id
    from told
    where message_sid is not null and delivery_id is not null
    group by message_sid

),

statuses as (

    select
        coalesce(told.delivery_id, message_deliveries.delivery_id, told.message_sid) as delivery_id,
        told.message_sid,
        told.customer_id,
        told.store_id,
        told.campaign_id,
        told.sku_id,
        told.reason_code,
        told.channel,
        told.status,
        told.error_code,
        told.run_date,
        told.changed_at
    from told
    left join message_deliveries on told.message_sid = message_deliveries.message_sid

),

deliveries as (

    select
        delivery_id,
        max(message_sid) as message_sid,
        max(customer_id) as customer_id,
        max(store_id) as store_id,
        max(campaign_id) as campaign_id,
        max(sku_id) as sku_id,
        max(reason_code) as reason_code,
        max(channel) as channel,
        max(case when {{ failed }} then error_code end) as error_code,
        max(run_date) as run_date,
        min(case when not {{ failed }} then changed_at end) as sent_at,
        min(case when status in ('delivered', 'read') then changed_at end) as delivered_at,
        min(case when status = 'read' then changed_at end) as read_at,
        min(case when {{ failed }} then changed_at end) as failed_at
    from statuses
    group by delivery_id

),

sales as (

    select distinct
        customer_id,
        sale_date,
        sold_at
    from {{ ref("fct_sales") }}
    where customer_id in (select deliveries.customer_id from deliveries)

),

bought as (

    select distinct deliveries.delivery_id
    from deliveries
    inner join sales
        on
            deliveries.customer_id = sales.customer_id
            and deliveries.sent_at < sales.sold_at
            and {{ days_after(local_date("deliveries.sent_at"), var("bought_after_days")) }} >= sales.sale_date

),

final as (

    select
        cast(deliveries.delivery_id as {{ dbt.type_string() }}) as delivery_id,
        cast(deliveries.message_sid as {{ dbt.type_string() }}) as message_sid,
        cast(deliveries.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(deliveries.store_id as {{ dbt.type_string() }}) as store_id,
        cast(deliveries.campaign_id as {{ dbt.type_string() }}) as campaign_id,
        cast(deliveries.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(deliveries.reason_code as {{ dbt.type_string() }}) as reason_code,
        cast(deliveries.channel as {{ dbt.type_string() }}) as channel,
        cast(
            case
                when deliveries.read_at is not null then 'read'
                when deliveries.delivered_at is not null then 'delivered'
                when deliveries.failed_at is not null then 'failed'
                else 'sent'
            end
            as {{ dbt.type_string() }}
        ) as status,
        cast(deliveries.error_code as {{ dbt.type_string() }}) as error_code,
        bought.delivery_id is not null as has_bought_after,
        deliveries.run_date,
        cast(deliveries.sent_at as timestamp) as sent_at,
        cast(deliveries.delivered_at as timestamp) as delivered_at,
        cast(deliveries.read_at as timestamp) as read_at,
        cast(deliveries.failed_at as timestamp) as failed_at
    from deliveries
    left join bought on deliveries.delivery_id = bought.delivery_id

)

select * from final
