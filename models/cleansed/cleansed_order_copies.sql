{#- A link between any two orders can change with either of them, so it is drawn anew from narrow columns. -#}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["order_id"],
    meta={"scans_whole": {"*": "drawn anew from narrow columns"}}
) }}

with

orders as (

    select
        order_id,
        marketplace_order_id,
        seller_order_id,
        coalesce(origin, 'Marketplace') as origin
    from {{ ref("cleansed_orders") }}

),

marketplace_orders as (

    select
        seller_order_id,
        min(order_id) as order_id
    from orders
    where origin = 'Marketplace' and seller_order_id is not null
    group by seller_order_id

),

parents as (

    -- A copy names its original, or the original names the copy.
    select
        orders.order_id,
        orders.origin,
        case
            when orders.origin <> 'Marketplace'
                then coalesce(named.order_id, naming.order_id, naming_chain.order_id)
        end as parent_order_id,
        case
            when orders.origin = 'Marketplace' then orders.order_id
            else
                coalesce(
                    named.order_id,
                    naming.order_id,
                    naming_chain.order_id,
                    orders.marketplace_order_id,
                    orders.order_id
                )
        end as root_order_id
    from orders
    left join orders as named
        on
            orders.marketplace_order_id = named.order_id
            and orders.order_id <> named.order_id
    left join marketplace_orders as naming
        on
            orders.order_id = naming.seller_order_id
            and orders.order_id <> naming.order_id
    -- The chain copy between the two may never have arrived.
    left join marketplace_orders as naming_chain
        on
            orders.marketplace_order_id = naming_chain.seller_order_id
            and orders.order_id <> naming_chain.order_id

),

sales as (

    -- A fulfillment copy can name the chain copy, which names the marketplace's: one step more.
    select
        parents.order_id,
        coalesce(grandparents.root_order_id, parents.root_order_id) as sale_id,
        case parents.origin when 'Marketplace' then 1 when 'Fulfillment' then 2 else 3 end as origin_rank
    from parents
    left join parents as grandparents on parents.parent_order_id = grandparents.order_id

),

final as (

    select
        order_id,
        sale_id,
        origin_rank = min(origin_rank) over (partition by sale_id) as is_counted
    from sales

)

select * from final
