{{ config(cluster_by=["customer_id"]) }}
{#- Of a till's form only what is coarse, and useful to who recommends. -#}
{%- set demographics = ["age_range", "income_range", "household_size", "kids_count"] -%}

with

documents as (

    select
        'client-' || client_customers.client_id as document_id,
        client_customers.customer_id,
        {%- for name in demographics %}
        cast(null as {{ dbt.type_string() }}) as {{ name }},
        {%- endfor %}
        clients.accepts_messages,
        clients.is_corporate,
        clients.valid_from as changed_at
    from {{ ref("cleansed_clients") }} as clients
    inner join {{ ref("cleansed_client_customers") }} as client_customers
        on clients.client_id = client_customers.client_id
    union all
    select
        identities.identifier_id as document_id,
        identities.customer_id,
        {%- for name in demographics %}
        till_customers.{{ name }},
        {%- endfor %}
        till_customers.accepts_messages,
        cast(null as {{ dbt.type_boolean() }}) as is_corporate,
        till_customers.valid_from as changed_at
    from {{ ref("cleansed_till_customers") }} as till_customers
    inner join {{ ref("cleansed_customer_identities") }} as identities
        on 'till-' || till_customers.till_customer_id = identities.identifier_id

),

heard as (

    -- A document that only repeats itself says nothing new: another of the same person may have been heard since.
    select
        *,
        {%- for name in ["accepts_messages"] + demographics %}
        lag({{ name }}) over (partition by document_id order by changed_at) as known_{{ name }},
        {%- endfor %}
        lag(is_corporate) over (partition by document_id order by changed_at) as known_is_corporate
    from documents

),

addresses as (

    -- One address at one instant, so that city and state are always of one.
    select
        identities.customer_id,
        addresses.city,
        addresses.state,
        addresses.valid_from as changed_at
    from {{ ref("cleansed_addresses") }} as addresses
    inner join {{ ref("cleansed_customer_identities") }} as identities
        on addresses.profile_id = identities.identifier_id
    qualify
        row_number() over (
            partition by identities.customer_id, addresses.valid_from
            order by addresses.city desc nulls last, addresses.state desc nulls last
        ) = 1

),

sales as (

    select
        order_customers.customer_id,
        {{ local_date("orders.created_at") }} as sale_date
    from {{ ref("cleansed_order_customers") }} as order_customers
    inner join {{ ref("cleansed_orders") }} as orders on order_customers.order_id = orders.order_id
    union all
    select
        {{ till_customer_of("receipts") | indent(8) }} as customer_id,
        receipts.sale_date
    from {{ ref("cleansed_receipts") }} as receipts
    {{ till_customer_joins("receipts") | indent(4) }}

),

first_orders as (

    select
        customer_id,
        min(sale_date) as first_order_date
    from sales
    where customer_id is not null
    group by customer_id

),

reported as (

    select
        customer_id,
        changed_at,
        {%- for name in ["accepts_messages", "is_corporate"] + demographics %}
        case when coalesce(known_{{ name }} <> {{ name }}, true) then {{ name }} end as {{ name }},
        {%- endfor %}
        cast(null as {{ dbt.type_boolean() }}) as is_opted_out,
        cast(null as {{ dbt.type_string() }}) as city,
        cast(null as {{ dbt.type_string() }}) as state
    from heard
    union all
    select
        customer_id,
        changed_at,
        cast(null as {{ dbt.type_boolean() }}) as accepts_messages,
        cast(null as {{ dbt.type_boolean() }}) as is_corporate,
        {%- for name in demographics %}
        cast(null as {{ dbt.type_string() }}) as {{ name }},
        {%- endfor %}
        cast(null as {{ dbt.type_boolean() }}) as is_opted_out,
        -- Empty rather than null: an address without a city ends the one before.
        coalesce(city, '') as city,
        coalesce(state, '') as state
    from addresses
    union all
    select
        customer_id,
        changed_at,
        cast(null as {{ dbt.type_boolean() }}) as accepts_messages,
        cast(null as {{ dbt.type_boolean() }}) as is_corporate,
        {%- for name in demographics %}
        cast(null as {{ dbt.type_string() }}) as {{ name }},
        {%- endfor %}
        is_opted_out,
        cast(null as {{ dbt.type_string() }}) as city,
        cast(null as {{ dbt.type_string() }}) as state
    from {{ ref("cleansed_customer_opt_outs") }}
    union all
    -- Whom only orders, the storefront, receipts or campaigns name is inferred: facts never wait for dimensions.
    select
        customer_id,
        cast('1900-01-01' as timestamp) as changed_at,
        cast(null as {{ dbt.type_boolean() }}) as accepts_messages,
        cast(null as {{ dbt.type_boolean() }}) as is_corporate,
        {%- for name in demographics %}
        cast(null as {{ dbt.type_string() }}) as {{ name }},
        {%- endfor %}
        cast(null as {{ dbt.type_boolean() }}) as is_opted_out,
        cast(null as {{ dbt.type_string() }}) as city,
        cast(null as {{ dbt.type_string() }}) as state
    from (
        select customer_id from first_orders
        union distinct
        select customer_id from {{ ref("cleansed_user_customers") }}
        union distinct
        select customer_id from {{ ref("cleansed_customer_identities") }}
        where identifier_type = 'till_customer_id'
    ) as known_customers

),

instants as (

    select
        customer_id,
        changed_at,
        -- Of two documents of one instant the one that refuses is believed.
        min(accepts_messages) as accepts_messages,
        max(is_corporate) as is_corporate,
        {%- for name in demographics %}
        max({{ name }}) as {{ name }},
        {%- endfor %}
        max(is_opted_out) as is_opted_out,
        max(city) as city,
        max(state) as state
    from reported
    group by customer_id, changed_at

),

filled as (

    -- A reply that opts out ends what a form granted, from then on; one that opts in gives back that, and no more.
    select
        customer_id,
        changed_at,
        coalesce({{ known_value("accepts_messages", "customer_id", "changed_at") }}, false)
        and not coalesce(
            last_value(is_opted_out ignore nulls) over (
                partition by customer_id order by changed_at rows between unbounded preceding and current row
            ),
            false
        ) as accepts_messages,
        {{ known_value("is_corporate", "customer_id", "changed_at") }} as is_corporate,
        {%- for name in demographics %}
        {{ known_value(name, "customer_id", "changed_at") }} as {{ name }},
        {%- endfor %}
        {{ known_value("city", "customer_id", "changed_at") }} as city,
        {{ known_value("state", "customer_id", "changed_at") }} as state
    from instants

),

compared as (

    select
        *,
        {{ surrogate_key(["accepts_messages", "is_corporate", "city", "state"] + demographics) }} as attributes_hash
    from filled

),

changes as (

    select
        *,
        lag(attributes_hash) over (partition by customer_id order by changed_at) as previous_hash
    from compared

),

versions as (

    select
        *,
        {{ valid_from("customer_id", "changed_at") }} as valid_from
    from changes
    where previous_hash is null or previous_hash <> attributes_hash

),

dated as (

    select
        *,
        lead(valid_from) over (partition by customer_id order by valid_from) as valid_to
    from versions

),

final as (

    select
        cast({{ surrogate_key(["dated.customer_id", "dated.valid_from"]) }} as {{ dbt.type_string() }}) as customer_key,
        cast(dated.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(nullif(dated.city, '') as {{ dbt.type_string() }}) as city,
        cast(nullif(dated.state, '') as {{ dbt.type_string() }}) as state,
        {%- for name in demographics %}
        cast(dated.{{ name }} as {{ dbt.type_string() }}) as {{ name }},
        {%- endfor %}
        dated.accepts_messages,
        coalesce(dated.is_corporate, false) as is_corporate,
        dated.valid_to is null as is_current,
        first_orders.first_order_date,
        cast(dated.valid_from as timestamp) as valid_from,
        cast(dated.valid_to as timestamp) as valid_to
    from dated
    left join first_orders on dated.customer_id = first_orders.customer_id

)

select * from final
