{{ config(cluster_by=["customer_id"]) }}

with

purchases as (

    select
        *,
        {{ days_between("last_bought_date", run_date()) }} as days_since,
        cast({{ days_between("first_bought_date", "last_bought_date") }} as numeric(38, 9))
        / nullif(day_count - 1, 0) as interval_days
    from {{ ref("customer_skus") }}
    where day_count >= {{ var("replenishment_purchases") }}

),

due as (

    -- Whoever has let pass so much more than their interval does not wait for it any longer.
    select * from purchases
    where
        interval_days >= {{ var("replenishment_shortest_days") }}
        and days_since >= interval_days
        and days_since <= interval_days * {{ var("replenishment_patience") }}

),

final as (

    select
        cast(customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(
            'Costuma comprar {produto} a cada '
            || {{ days_in_words("interval_days") | indent(12) }}
            || ', e a última compra foi ' || {{ days_ago("days_since") | indent(12) }} || '.'
            as {{ dbt.type_string() }}
        ) as reason,
        -- What one purchase is worth.
        cast(net_amount / day_count as numeric(38, 9)) as reason_value
    from due

)

select * from final
