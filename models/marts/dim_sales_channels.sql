with

channels as (

    -- No document describes a sales channel (trade policy): orders say which there are.
    select
        sales_channel_id,
        max(currency_code) as currency_code
    from {{ ref("cleansed_orders") }}
    where sales_channel_id is not null
    group by sales_channel_id

),

final as (

    select
        cast(sales_channel_id as {{ dbt.type_string() }}) as sales_channel_id,
        cast('Sales channel ' || sales_channel_id as {{ dbt.type_string() }}) as sales_channel_name,
        cast(currency_code as {{ dbt.type_string() }}) as currency_code
    from channels

)

select * from final
