{%- set transaction_fields = {
    "transaction_id": field("text", "transactionId"),
    "is_active": field("boolean", "isActive"),
    "payments": field("array", "payments"),
} -%}
{%- set fields = {
    "payment_id": field("text", "id"),
    "payment_system_id": field("id", "paymentSystem"),
    "payment_system_name": field("text", "paymentSystemName"),
    "payment_group": field("text", "group"),
    "gift_card_provider": field("text", "giftCardProvider"),
    "installments": field("integer", "installments"),
    "value_cents": field("number", "value"),
} -%}
{{ config(
    unique_key="order_id",
    cluster_by=["order_id"],
    post_hook="{{ delete_superseded() }}",
    meta=unfolds_orders()
) }}

with

{{ order_documents("transactions") }}

transaction_elements as (

    {{ exploded("documents", "transactions", ["order_id", "message_id", "staged_at"]) | indent(4) }}

),

parsed_transactions as (

    select
        *,
        position as transaction_position,
        {{ json_values("element", transaction_fields, is_element=true) | indent(8) }} as json_values
    from transaction_elements

),

transactions as (

    select
        order_id,
        message_id,
        staged_at,
        transaction_position,
        {{ typed_fields(transaction_fields) | indent(8) }}
    from parsed_transactions

),

active_transactions as (

    -- A transaction that was given up keeps its payments in the document; nobody paid them.
    select * from transactions
    where coalesce(is_active, true)

),

parsed_payments as (

    {{ parsed_elements(
        "active_transactions", "payments", ["order_id", "message_id", "staged_at", "transaction_position"], fields
    ) | indent(4) }}

),

payments as (

    select
        order_id,
        message_id,
        staged_at,
        transaction_position,
        position,
        {{ typed_fields(fields) | indent(8) }}
    from parsed_payments

),

distinct_payments as (

    -- The same payment can be listed twice, and a message can be landed twice; without an id, the place is the id.
    select * from payments
    qualify
        row_number() over (
            partition by
                order_id,
                payment_id,
                case when payment_id is null then transaction_position end,
                case when payment_id is null then position end
            order by transaction_position, position
        ) = 1

),

final as (

    select
        message_id,
        order_id,
        row_number() over (partition by order_id order by transaction_position, position) as payment_number,
        payment_id,
        coalesce(payment_system_id, 'unknown') as payment_method_id,
        payment_system_name as payment_method_name,
        coalesce(payment_group, 'unknown') as payment_group,
        coalesce(installments, 1) as installments,
        cast(coalesce(value_cents, 0) * 0.01 as numeric(38, 9)) as paid_amount,
        coalesce(lower(payment_group) like 'giftcard%', false) or gift_card_provider is not null as is_gift_card,
        staged_at
    from distinct_payments

)

select * from final
