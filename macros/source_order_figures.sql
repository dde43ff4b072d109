{% macro source_order_figures(messages) %}{{ return(adapter.dispatch("source_order_figures")(messages)) }}{% endmacro %}

{% macro duckdb__source_order_figures(messages) -%}
{%- set tag = '{"name": "VARCHAR", "value": "JSON", "rawValue": "JSON", "isPercentual": "BOOLEAN"}' -%}
{%- set item = '{"quantity": "JSON", "unitMultiplier": "JSON", "price": "JSON", "priceTags": [' ~ tag ~ ']}' -%}
{%- set payment = '{"id": "VARCHAR", "value": "JSON"}' -%}
{%- set shape = '{"orderId": "VARCHAR", "status": "VARCHAR", "lastChange": "VARCHAR", "value": "JSON", '
    ~ '"totals": [{"id": "VARCHAR", "value": "JSON"}], "items": [' ~ item ~ '], '
    ~ '"paymentData": {"transactions": [{"isActive": "BOOLEAN", "payments": [' ~ payment ~ ']}]}}' -%}
{%- set value = strict_decimal("t['value']", "15, 4") -%}
{%- set raw_value = strict_decimal("t['rawValue']", "12, 6") -%}
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
                'gross':
                    cast(
                        cast(coalesce({{ strict_decimal("i['price']", "21, 9") }}, 0) * 0.01 as decimal(38, 9))
                        * coalesce({{ strict_decimal("i['quantity']", "15, 9") }}, 0) as decimal(38, 9)
                    ) * coalesce({{ strict_decimal("i['unitMultiplier']", "12, 6") }}, 1),
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
        coalesce(list_sum([{{ strict_decimal("i['quantity']", "15, 9") }} for i in doc['items']]), 0) as unit_count,
        {{ strict_decimal("doc['value']", "21, 9") }} * 0.01 as total_amount,
        {%- for id in ["Items", "Discounts", "Shipping", "Tax"] %}
        coalesce(
            list_sum([{{ strict_decimal("t['value']", "24, 4") }} for t in doc['totals'] if t['id'] = '{{ id }}']), 0
        ) * 0.01 as {{ id | lower }}_amount,
        {%- endfor %}
        coalesce(list_sum([
            round(p['gross'] + coalesce(list_sum([
                case
                    when t['isPercentual'] then cast(p['gross'] as decimal(30, 8)) * coalesce({{ raw_value }}, {{ value }})
                    else coalesce({{ value }} * 0.01, {{ raw_value }})
                end
                for t in p['tags']
            ]), 0), 2)
            for p in priced
        ]), 0) as line_amount,
        coalesce(len(paid), 0) as payment_count,
        coalesce(list_sum([{{ strict_decimal("p['value']", "21, 9") }} for p in paid]), 0) * 0.01 as paid_amount
    from unfolded

)
{%- endmacro %}
