{% macro storefront_fields() %}
    {# What is read of an event, in the spellings of VTEX's Pixel, FastStore (names and parameters of Google Analytics)
       and Intelligent Search. #}
    {% set params = "params.items[0]" %}
    {{ return({
        "event": field("text", ["event", "eventName", "type"]),
        "page_type": field("text", "eventType"),
        "parameters_name": field("text", "name"),
        "parameters": field("object", "params"),
        "session": field("text", ["sessionId", "session"], required=true),
        "own_session": field("text", "session"),
        "occurred_at": field("time", "timestamp", required=true),
        "device_id": field("text", ["anonymous", "anonymousId", "deviceId"]),
        "user_agent": field("text", ["agent", "userAgent"]),
        "page_url": field("text", ["pageUrl", "url", "params.url", "params.page_location"]),
        "referrer": field("text", ["referrer", "params.page_referrer"]),
        "utm_source": field("text", ["utmSource", "orderForm.marketingData.utmSource"]),
        "utm_medium": field("text", ["utmMedium", "orderForm.marketingData.utmMedium"]),
        "utm_campaign": field("text", ["utmCampaign", "orderForm.marketingData.utmCampaign"]),
        "product": field("object", "product"),
        "product_id": field("id", ["product.productId", params ~ ".item_id", "items[0].productId", "productId"]),
        "sku_id": field("id", [
            "product.selectedSku.itemId", "product.sku.itemId", params ~ ".item_variant", "items[0].skuId", "skuId",
        ]),
        "search_term": field("text", ["search.term", "term", "text", "params.search_term", "params.term"]),
        "result_count": field("integer", ["search.results", "results", "match", "params.totalCount"]),
        "order_group_id": field("id", [
            "orderGroup", "transactionId", "params.transaction_id", "order.transactionId", "order",
        ]),
        "order_id": field("id", "ordersInOrderGroup[0]"),
        "order_amount": field("price", ["transactionTotal", "params.value"]),
        "currency_code": field("text", ["currency", "transactionCurrency", "params.currency"]),
        "lines": field("array", ["items", "transactionProducts", "params.items", "products", "orderForm.items"]),
        "user_id": field("id", "id"),
        "email": field("text", "email"),
        "document": field("text", "document"),
        "phone": field("text", "phone"),
    }) }}
{% endmacro %}
