{#- Orders that the newest raw says something of, as they are by all that is known, one order at a time. -#}
with

batch as (

    select * from {{ published(ref("fct_orders")) }}

),

documents as (

    select * from {{ published(ref("newest_vtex_orders")) }}
    qualify
        row_number() over (partition by order_id order by changed_at desc, published_at desc, message_id desc) = 1

),

statements as (

    select
        order_id,
        status,
        changed_at,
        1 as rank_of_source
    from documents
    union all
    select
        order_id,
        status,
        changed_at,
        2 as rank_of_source
    from {{ published(ref("newest_vtex_order_events")) }}

),

newest as (

    select * from statements
    qualify
        row_number() over (partition by order_id order by changed_at desc, rank_of_source asc, status asc) = 1

),

known as (

    select
        batch.order_id,
        batch.customer_id,
        case when newest.changed_at > batch.changed_at then newest.status else batch.status end as status,
        case when newest.changed_at > batch.changed_at then newest.changed_at else batch.changed_at end
            as status_changed_at,
        batch.ordered_at,
        coalesce(documents.total_amount, batch.total_amount) as total_amount,
        batch.currency_code,
        batch.store_id,
        batch.is_counted,
        coalesce(newest.changed_at > batch.changed_at, false) as is_live
    from newest
    inner join batch on newest.order_id = batch.order_id
    left join documents on newest.order_id = documents.order_id and batch.changed_at < documents.changed_at

),

unknown as (

    -- An event alone does not say what was ordered.
    select
        orders.order_id,
        orders.customer_id,
        newest.status,
        newest.changed_at as status_changed_at,
        orders.ordered_at,
        orders.total_amount,
        orders.currency_code,
        orders.store_id,
        true as is_counted,
        true as is_live
    from documents as orders
    inner join newest on orders.order_id = newest.order_id
    left join batch on orders.order_id = batch.order_id
    where batch.order_id is null

),

merged as (

    select * from known
    union all
    select * from unknown

)

select * from merged
