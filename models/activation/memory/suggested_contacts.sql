{{ config(cluster_by=["customer_id"], pre_hook="{% do forget_run_date() %}") }}

{%- set reasons = {
    "abandoned_cart": "abandoned_carts",
    "searched_in_stock": "interests_in_stock",
    "replenishment_due": "due_replenishments",
    "price_fell": "price_falls",
    "campaign_target": "campaign_targets",
    "lapsing_customer": "lapsing_customers",
} -%}
{%- set order = "reason_rank, reason_value desc nulls last" -%}

with

candidates as (

    -- A reason that the list leaves out is none.
    {% for code, model in reasons.items() %}
    select
        customer_id,
        sku_id,
        {{ "campaign_id" if code == "campaign_target" else "cast(null as " ~ dbt.type_string() ~ ")" }} as campaign_id,
        '{{ code }}' as reason_code,
        reason,
        reason_value,
        {{ var("contact_reasons").index(code) if code in var("contact_reasons") else "null" }} as reason_rank
    from {{ ref(model) }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

customers as (

    select * from {{ ref("dim_customers") }}
    where is_current and accepts_messages

),

stores as (

    select * from {{ ref("agg_customer_stores") }}
    where is_usual

),

contacts as (

    select * from {{ ref("customer_contacts") }}
    where phone is not null or email is not null

),

remembered as (

    {% if is_incremental() %}
    select customer_id from {{ this }}
    where run_date > {{ days_after(run_date(), -var("contact_cooldown_days")) }} and run_date < {{ run_date() }}
    {% else %}
    select cast(null as {{ dbt.type_string() }}) as customer_id
    {% endif %}

),

deliveries as (

    select
        *,
        {{ local_date("sent_at") }} as sent_date
    from {{ ref("fct_deliveries") }}

),

told as (

    -- What was sent on the day itself is of this list.
    select customer_id from remembered
    union all
    select customer_id from deliveries
    where sent_date > {{ days_after(run_date(), -var("contact_cooldown_days")) }} and sent_date < {{ run_date() }}

),

identities as (

    select * from {{ ref("cleansed_customer_identities") }}

),

contacted as (

    -- Whoever was joined to another person since has that one's id now.
    select distinct coalesce(identities.customer_id, told.customer_id) as customer_id
    from told
    left join identities on told.customer_id = identities.identifier_id

),

rested as (

    select customers.customer_id
    from customers
    left join contacted on customers.customer_id = contacted.customer_id
    where contacted.customer_id is null

),

skus as (

    select * from {{ ref("dim_skus") }}
    where is_current

),

stock as (

    select * from {{ ref("known_store_stock") }}

),

stocked_stores as (

    select distinct store_id from stock

),

possible as (

    -- What is in a cart can be sent; anything else is offered only where the shop is not known to lack it.
    select
        stores.store_id,
        candidates.customer_id,
        candidates.sku_id,
        candidates.campaign_id,
        candidates.reason_code,
        replace(
            candidates.reason, '{produto}', coalesce(skus.sku_name, skus.product_name, 'um produto')
        ) as reason,
        candidates.reason_value,
        candidates.reason_rank
    from candidates
    inner join rested on candidates.customer_id = rested.customer_id
    inner join contacts on candidates.customer_id = contacts.customer_id
    inner join stores on candidates.customer_id = stores.customer_id
    left join skus on candidates.sku_id = skus.sku_id
    left join stocked_stores on stores.store_id = stocked_stores.store_id
    left join stock on stores.store_id = stock.store_id and candidates.sku_id = stock.sku_id
    where
        candidates.reason_rank is not null
        and coalesce(skus.is_active, true)
        and (
            candidates.reason_code = 'abandoned_cart'
            or candidates.sku_id is null
            or stocked_stores.store_id is null
            or stock.is_available
        )

),

best as (

    select * from possible
    qualify
        row_number() over (
            partition by customer_id order by {{ order }}, sku_id nulls last, campaign_id nulls last
        ) = 1

),

prioritised as (

    select
        *,
        row_number() over (partition by store_id order by {{ order }}, customer_id) as priority
    from best

),

final as (

    select
        cast(store_id as {{ dbt.type_string() }}) as store_id,
        cast(customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(campaign_id as {{ dbt.type_string() }}) as campaign_id,
        cast(reason_code as {{ dbt.type_string() }}) as reason_code,
        cast(reason as {{ dbt.type_string() }}) as reason,
        cast(priority as {{ dbt.type_bigint() }}) as priority,
        {{ run_date() }} as run_date
    from prioritised
    where priority <= {{ var("contacts_per_store_day") }}

)

select * from final
