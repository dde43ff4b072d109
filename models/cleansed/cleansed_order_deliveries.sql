{%- set fields = {
    "item_index": field("integer", "itemIndex"),
    "delivery_channel": field("text", ["selectedDeliveryChannel", "deliveryChannel"]),
    "delivery_option": field("text", "selectedSla"),
    "delivery_company": field("text", "deliveryCompany"),
    "pickup_point_id": field("text", "pickupPointId"),
    "estimated_at": field("time", "shippingEstimateDate"),
    "window_ends_at": field("time", "deliveryWindow.endDateUtc"),
} -%}
{{ config(
    unique_key="order_id",
    cluster_by=["order_id"],
    post_hook="{{ delete_superseded() }}",
    meta=unfolds_orders()
) }}

with

{{ order_documents("deliveries") }}

parsed as (

    {{ parsed_elements("documents", "deliveries", ["order_id", "message_id", "staged_at"], fields) | indent(4) }}

),

typed as (

    select
        order_id,
        message_id,
        staged_at,
        position,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

final as (

    select
        message_id,
        order_id,
        coalesce(item_index, position) + 1 as line_number,
        delivery_channel,
        delivery_option,
        trim(delivery_company) as delivery_company,
        case when delivery_channel = 'pickup-in-point' then pickup_point_id end as pickup_point_id,
        -- Who chose a window was promised its end.
        coalesce(window_ends_at, estimated_at) as promised_at,
        staged_at
    from typed
    qualify row_number() over (partition by order_id, coalesce(item_index, position) order by position) = 1

)

select * from final
