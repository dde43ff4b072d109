{{ config(cluster_by=["customer_id"]) }}
{%- set segments = "'" ~ (var("lapsing_segments") | join("', '")) ~ "'" -%}

with

customers as (

    select * from {{ ref("agg_customers") }}

),

recommendations as (

    select * from {{ ref("product_recommendations") }}
    where rank = 1

),

lapsing as (

    select * from customers
    where
        segment in ({{ segments }})
        -- Orders of a few days make no rhythm.
        and {{ days_between("first_sale_date", "last_sale_date") }} >= {{ var("lapsing_shortest_days") }}
        and order_count >= {{ var("lapsing_orders") }}
        and recency_days >= {{ var("lapsing_shortest_days") }}
        and recency_days >= days_between_orders * {{ var("lapsing_patience") }}
        and recency_days <= {{ var("lapsing_longest_days") }}

),

final as (

    select
        cast(lapsing.customer_id as {{ dbt.type_string() }}) as customer_id,
        cast(recommendations.sku_id as {{ dbt.type_string() }}) as sku_id,
        cast(
            'Bom cliente: costuma comprar a cada '
            || {{ days_in_words("greatest(lapsing.days_between_orders, 1)") | indent(12) }}
            || ', e a última compra foi ' || {{ days_ago("lapsing.recency_days") | indent(12) }} || '.'
            as {{ dbt.type_string() }}
        ) as reason,
        cast(lapsing.net_amount as numeric(38, 9)) as reason_value
    from lapsing
    left join recommendations on lapsing.customer_id = recommendations.customer_id

)

select * from final
