{% macro source_order_figures(messages) %}{{ return(adapter.dispatch("source_order_figures")(messages)) }}{% endmacro %}

{% macro duckdb__source_order_figures(messages) -%}
{%- set tag = '{"name": "VARCHAR", "value": "DECIMAL(15, 4)", "rawValue": "DECIMAL(12, 6)", "isPercentual": "BOOLEAN"}' -%}
{%- set item = '{"quantity": "DECIMAL(15, 9)", "unitMultiplier": "DECIMAL(12, 6)", "price": "DECIMAL(14, 2)", "priceTags": [' ~ tag ~ ']}' -%}
{%- set payment = '{"id": "VARCHAR", "value": "DECIMAL(14, 2)"}' -%}
{%- set shape = '{"orderId": "VARCHAR", "status": "VARCHAR", "lastChange": "VARCHAR", "value": "DECIMAL(14, 2)", '
    ~ '"totals": [{"id": "VARCHAR", "value": "DECIMAL(24, 4)"}], "items": [' ~ item ~ '], '
    ~ '"paymentData": {"transactions": [{"isActive": "BOOLEAN", "payments": [' ~ payment ~ ']}]}}' -%}
documents as (

    select
        message_id,
        publish_time,
        landed_at,
        from_json(data, '{{ shape }}') as doc
    from {{ messages }}
    where json_valid(data) and json_type(data) = 'OBJECT'

),

unfolded as (

    select
        *,
        flatten([
            t['payments'] for t in doc['paymentData']['transactions'] if t['isActive'] is distinct from false
        ]) as listed,
        [
            listed[n]
            for n in range(1, len(listed) + 1)
            if listed[n]['id'] is null or list_position([q['id'] for q in listed], listed[n]['id']) = n
        ] as paid,
        [
            {
                'gross': coalesce(i['price'], 0) * 0.01 * coalesce(i['quantity'], 0) * coalesce(i['unitMultiplier'], 1),
                'tags': [t for t in i['priceTags'] if not regexp_matches(coalesce(t['name'], ''), '(?i)shipping|^tax')]
            }
            for i in doc['items']
        ] as priced
    from documents

),

figures as (

    select
        message_id,
        landed_at,
        publish_time,
        doc['orderId'] as order_id,
        doc['status'] as status,
        try_cast(doc['lastChange'] as timestamptz) as changed_at,
        coalesce(len(doc['items']), 0) as line_count,
        coalesce(list_sum([i['quantity'] for i in doc['items']]), 0) as unit_count,
        doc['value'] * 0.01 as total_amount,
        {%- for id in ["Items", "Discounts", "Shipping", "Tax"] %}
        coalesce(list_sum([t['value'] for t in doc['totals'] if t['id'] = '{{ id }}']), 0) * 0.01 as {{ id | lower }}_amount,
        {%- endfor %}
        coalesce(list_sum([
            round(p['gross'] + coalesce(list_sum([
                case
                    when t['isPercentual'] then cast(p['gross'] as decimal(30, 8)) * coalesce(t['rawValue'], t['value'])
                    else coalesce(t['value'] * 0.01, t['rawValue'])
                end
                for t in p['tags']
            ]), 0), 2)
            for p in priced
        ]), 0) as line_amount,
        coalesce(len(paid), 0) as payment_count,
        coalesce(list_sum([p['value'] for p in paid]), 0) * 0.01 as paid_amount
    from unfolded

)
{%- endmacro %}
