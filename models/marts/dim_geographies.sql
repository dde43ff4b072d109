with

orders as (

    select
        postal_code_prefix,
        delivery_city as city,
        delivery_state as state,
        delivery_country_code as country_code
    from {{ ref("cleansed_orders") }}

),

addresses as (

    select
        postal_code_prefix,
        city,
        state,
        country_code
    from {{ ref("cleansed_addresses") }}

),

places as (

    select * from orders
    union distinct
    select * from addresses

),

keyed as (

    select
        *,
        {{ geography_key("country_code", "state", "city", "postal_code_prefix") | indent(8) }} as geography_key
    from places

),

final as (

    select
        cast(geography_key as {{ dbt.type_string() }}) as geography_key,
        cast(max(postal_code_prefix) as {{ dbt.type_string() }}) as postal_code_prefix,
        cast(max(city) as {{ dbt.type_string() }}) as city,
        cast(max(state) as {{ dbt.type_string() }}) as state,
        cast(max(country_code) as {{ dbt.type_string() }}) as country_code
    from keyed
    where geography_key is not null
    group by geography_key

)

select * from final
