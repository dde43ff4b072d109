{% macro staged_contracts() %}
    {# What the ledger accounts for: a contract, its raw table, where it is staged, which cleansed rows it loads, and
       what names a document and orders its versions. A new contract is one line here; one that is only staged has none for
       its entity. #}
    {% set contracts = [] %}
    {% for contract, raw, entity, key, changed_at in [
        ("vtex.order", "vtex_orders", "orders", "order_id", "changed_at"),
        ("vtex.order_event", "vtex_order_events", "order_events", "order_event_id", "changed_at"),
        ("vtex.product", "vtex_products", "products", "product_id", "published_at"),
        ("vtex.sku", "vtex_skus", "skus", "sku_id", "published_at"),
        ("vtex.category", "vtex_categories", "categories", "category_id", "published_at"),
        ("vtex.brand", "vtex_brands", "brands", "brand_id", "published_at"),
        ("vtex.price", "vtex_prices", "prices", "sku_id", "published_at"),
        ("vtex.inventory", "vtex_inventory", "inventory", "sku_id", "published_at"),
        ("vtex.client", "vtex_clients", "clients", "client_id", "changed_at"),
        ("vtex.address", "vtex_addresses", "addresses", "address_id", "changed_at"),
        ("vtex.return", "vtex_returns", "returns", "return_id", "published_at"),
        ("vtex.order_change", "vtex_order_changes", "order_changes", "change_id", "published_at"),
        ("vtex.seller", "vtex_sellers", "sellers", "seller_id", "published_at"),
        ("vtex.promotion", "vtex_promotions", "promotions", "promotion_id", "changed_at"),
        ("vtex.coupon", "vtex_coupons", "coupons", "coupon_code", "published_at"),
        ("vtex.pickup_point", "vtex_pickup_points", "pickup_points", "pickup_point_id", "published_at"),
        ("vtex.warehouse", "vtex_warehouses", "warehouses", "warehouse_id", "published_at"),
        ("storefront.event", "storefront_events", "storefront_events", "event_id", "occurred_at"),
        ("pos.receipt", "pos_receipts", "receipts", "receipt_id", "sold_at"),
        ("pos.operator", "pos_operators", "operators", "operator_id", "changed_at"),
        ("pos.customer", "pos_customers", "till_customers", "till_customer_id", "changed_at"),
        ("marketing.campaign", "marketing_campaigns", "campaigns", "campaign_id", "changed_at"),
        ("marketing.coupon_redemption", "marketing_coupon_redemptions", "coupon_redemptions", "redemption_id", "changed_at"),
        ("delivery.status", "delivery_statuses", "delivery_statuses", "delivery_status_id", "changed_at"),
        ("delivery.reply", "delivery_replies", "delivery_replies", "reply_id", "changed_at"),
    ] %}
        {# An event is what names it: another message of its name says the same. Of orders and receipts only the newest
           document is kept, of others their history. #}
        {% set is_event = key in ("order_event_id", "event_id", "delivery_status_id", "reply_id") %}
        {% do contracts.append({
            "name": contract, "raw": raw, "staging": "stg_" ~ raw | replace("_", "__", 1), "cleansed": "cleansed_" ~ entity if entity,
            "key": key, "changed_at": changed_at, "is_versioned": not is_event and entity not in ("orders", "receipts"),
            "content": key if is_event else "content_hash",
        }) %}
    {% endfor %}
    {{ return(contracts) }}
{% endmacro %}
