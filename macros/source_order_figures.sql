{% macro source_order_figures(messages) %}{{ return(adapter.dispatch("source_order_figures")(messages)) }}{% endmacro %}

{% macro default__source_order_figures(messages) -%}
{%- set amount = "safe_cast(json_value(%s, '$.%s') as numeric) * 0.01" -%}
{%- set tag_amount -%}
case
    when json_value(t, '$.isPercentual') = 'true'
        then gross * coalesce(safe_cast(json_value(t, '$.rawValue') as numeric), safe_cast(json_value(t, '$.value') as numeric))
    else coalesce(safe_cast(json_value(t, '$.value') as numeric) * 0.01, safe_cast(json_value(t, '$.rawValue') as numeric))
end
{%- endset -%}
documents as (

    select
        message_id,
        safe.parse_json(data, wide_number_mode => 'round') as doc
    from {{ messages }}
    where json_type(safe.parse_json(data, wide_number_mode => 'round')) = 'object'

),

unfolded as (

    select
        *,
        array(
            select as struct
                json_value(p, '$.id') as id,
                {{ amount | format("p", "value") }} as amount,
                row_number() over (partition by coalesce(json_value(p, '$.id'), cast(n * 1000 + m as string)) order by n, m) as copy
            from unnest(json_query_array(doc.paymentData.transactions)) as t with offset as n,
                unnest(json_query_array(t.payments)) as p with offset as m
            where coalesce(to_json_string(json_query(t, '$.isActive')), 'true') <> 'false'
        ) as listed,
        array(
            select as struct
                coalesce({{ amount | format("i", "price") }}, 0)
                * coalesce(safe_cast(json_value(i, '$.quantity') as numeric), 0)
                * coalesce(safe_cast(json_value(i, '$.unitMultiplier') as numeric), 1) as gross,
                json_query_array(i.priceTags) as tags
            from unnest(json_query_array(doc.items)) as i
        ) as priced
    from documents

),

figures as (

    select
        message_id,
        json_value(doc, '$.status') as status,
        coalesce(array_length(json_query_array(doc.items)), 0) as line_count,
        coalesce(
            (
                select sum(safe_cast(json_value(i, '$.quantity') as numeric))
                from unnest(json_query_array(doc.items)) as i
            ), 0
        ) as unit_count,
        {{ amount | format("doc", "value") }} as total_amount,
        {%- for id in ["Items", "Discounts", "Shipping", "Tax"] %}
        coalesce(
            (
                select sum({{ amount | format("t", "value") }})
                from unnest(json_query_array(doc.totals)) as t
                where json_value(t, '$.id') = '{{ id }}'
            ), 0
        ) as {{ id | lower }}_amount,
        {%- endfor %}
        coalesce(
            (
                select
                    sum(
                        round(
                            gross + coalesce(
                                (
                                    select sum({{ tag_amount | indent(36) }})
                                    from unnest(tags) as t
                                    where not regexp_contains(coalesce(json_value(t, '$.name'), ''), r'(?i)shipping|^tax')
                                ), 0
                            ), 2
                        )
                    )
                from unnest(priced)
            ), 0
        ) as line_amount,
        coalesce(
            (
                select sum({{ amount | format("b", "price") }} * coalesce(safe_cast(json_value(b, '$.quantity') as numeric), 0))
                from unnest(json_query_array(doc.items)) as i, unnest(json_query_array(i.bundleItems)) as b
            ), 0
        ) as service_amount,
        coalesce(array_length(json_query_array(doc.packageAttachment.packages)), 0) as package_count,
        coalesce(
            (
                select sum({{ amount | format("p", "invoiceValue") }})
                from unnest(json_query_array(doc.packageAttachment.packages)) as p
            ), 0
        ) as invoice_amount,
        (select count(*) from unnest(listed) where copy = 1) as payment_count,
        coalesce((select sum(amount) from unnest(listed) where copy = 1), 0) as paid_amount
    from unfolded

)
{%- endmacro %}

{% macro duckdb__source_order_figures(messages) -%}
{%- set tag = '{"name": "VARCHAR", "value": "JSON", "rawValue": "JSON", "isPercentual": "JSON"}' -%}
{%- set item = '{"quantity": "JSON", "unitMultiplier": "JSON", "price": "JSON", "priceTags": [' ~ tag ~ '], '
    ~ '"bundleItems": [{"quantity": "JSON", "price": "JSON"}]}' -%}
{%- set transaction = '{"isActive": "JSON", "payments": [{"id": "JSON", "value": "JSON"}]}' -%}
{%- set shape = '{"status": "VARCHAR", "value": "JSON", '
    ~ '"totals": [{"id": "VARCHAR", "value": "JSON"}], "items": [' ~ item ~ '], '
    ~ '"paymentData": {"transactions": [' ~ transaction ~ ']}, '
    ~ '"packageAttachment": {"packages": [{"invoiceValue": "JSON"}]}}' -%}
{%- set tag_amount -%}
case
    when cast(t['isPercentual'] as varchar) = 'true'
        then p['gross'] * {{ strict_decimal("coalesce(t['rawValue'], t['value'])", "8, 6") }}
    else
        coalesce(
            {{ strict_decimal("t['value']", "15, 4") | indent(12) }} * 0.01,
            {{ strict_decimal("t['rawValue']", "12, 6") | indent(12) }}
        )
end
{%- endset -%}
documents as (

    select
        message_id,
        row_number() over () as row_id,
        try(from_json(data, '{{ shape }}')) as doc
    from {{ messages }}

),

flattened as (

    select
        row_id,
        flatten([
            t['payments'] for t in doc['paymentData']['transactions']
            if cast(t['isActive'] as varchar) is distinct from 'false'
        ]) as payments
    from documents

),

listed as (

    select
        row_id,
        unnest(payments) as payment,
        unnest(range(len(payments))) as place
    from flattened

),

numbered as (

    select
        row_id,
        place,
        case when cast(payment['id'] as varchar) like '"_%"' then cast(payment['id'] as varchar) end as id,
        {{ strict_decimal("payment['value']", "21, 9") | indent(8) }} as cents
    from listed

),

paid_once as (

    select * from numbered
    qualify row_number() over (partition by row_id, id, case when id is null then place end order by place) = 1

),

payments as (

    select
        row_id,
        count(*) as payment_count,
        coalesce(sum(cents), 0) * 0.01 as paid_amount
    from paid_once
    group by row_id

),

priced as (

    select
        *,
        [
            {
                'gross':
                    cast(
                        cast(
                            cast(coalesce({{ strict_decimal("i['price']", "20, 9") }}, 0) * 0.01 as decimal(38, 9))
                            * coalesce({{ strict_decimal("i['quantity']", "15, 9") }}, 0) as decimal(38, 9)
                        ) * coalesce({{ strict_decimal("i['unitMultiplier']", "10, 6") }}, 1) as decimal(38, 9)
                    ),
                'tags': [
                    t for t in i['priceTags']
                    if not coalesce(lower(t['name']) like '%shipping%' or lower(t['name']) like 'tax%', false)
                ]
            }
            for i in doc['items']
        ] as lines
    from documents

),

figures as (

    select
        priced.message_id,
        priced.doc['status'] as status,
        coalesce(len(priced.doc['items']), 0) as line_count,
        coalesce(
            list_sum([{{ strict_decimal("i['quantity']", "15, 9") }} for i in priced.doc['items']]), 0
        ) as unit_count,
        {{ strict_decimal("priced.doc['value']", "21, 9") | indent(8) }} * 0.01 as total_amount,
        {%- for id in ["Items", "Discounts", "Shipping", "Tax"] %}
        coalesce(
            list_sum([
                {{ strict_decimal("t['value']", "24, 4") }} for t in priced.doc['totals'] if t['id'] = '{{ id }}'
            ]), 0
        ) * 0.01 as {{ id | lower }}_amount,
        {%- endfor %}
        coalesce(
            list_sum([
                round(
                    p['gross'] + coalesce(
                        list_sum([cast({{ tag_amount | indent(32) }} as decimal(38, 9)) for t in p['tags']]), 0
                    ), 2
                )
                for p in priced.lines
            ]), 0
        ) as line_amount,
        coalesce(
            list_sum([
                {{ strict_decimal("b['price']", "20, 9") }} * 0.01 * coalesce({{ strict_decimal("b['quantity']", "15, 9") }}, 0)
                for b in flatten([i['bundleItems'] for i in priced.doc['items']])
            ]), 0
        ) as service_amount,
        coalesce(len(priced.doc['packageAttachment']['packages']), 0) as package_count,
        coalesce(
            list_sum([
                {{ strict_decimal("p['invoiceValue']", "21, 9") }} for p in priced.doc['packageAttachment']['packages']
            ]), 0
        ) * 0.01 as invoice_amount,
        coalesce(payments.payment_count, 0) as payment_count,
        coalesce(payments.paid_amount, 0) as paid_amount
    from priced
    left join payments on priced.row_id = payments.row_id

)
{%- endmacro %}
