{% macro recommendation_contracts() %}
    {# What recommendations are made of: a contract, where it is staged, what names a document, and its local day. #}
    {{ return([
        {"name": "pos.receipt", "staging": "stg_pos__receipts", "key": "receipt_id", "event_date": "sale_date"},
        {"name": "vtex.order", "staging": "stg_vtex__orders", "key": "order_id", "event_date": local_date("created_at")},
        {
            "name": "storefront.event", "staging": "stg_storefront__events", "key": "event_id",
            "event_date": local_date("occurred_at"),
        },
    ]) }}
{% endmacro %}
