{% macro source_receipt_figures(messages) %}{{ return(adapter.dispatch("source_receipt_figures")(messages)) }}{% endmacro %}

{% macro default__source_receipt_figures(messages) -%}
{%- set number = "if(json_type(json_query(safe.parse_json(%s, wide_number_mode => 'round'), '$.%s')) = 'number', safe_cast(json_value(%s, '$.%s') as numeric), null)" -%}
{%- set names = {"paid": "valor_total", "gross": "valor_bruto", "off": "desconto", "coupon": "desconto_cupom", "units": "quantidade"} -%}
documents as (

    select
        *,
        array(
            select as struct
                {%- for name, field in names.items() %}
                {{ number | format("i", field, "i", field) }} as {{ name }}{{ "," if not loop.last }}
                {%- endfor %}
            from unnest(json_query_array(data, '$.cupom.itens')) as i
        ) as lines
    from {{ messages }}

),

figures as (

    select
        message_id,
        publish_time,
        landed_at,
        json_value(data, '$.cupom.id') as receipt_id,
        json_value(data, '$.cupom.loja.id') as store_id,
        json_value(data, '$.timestamp') as written_at,
        nullif(json_value(data, '$.cupom.cliente.id'), '') is not null as has_till_customer,
        {{ number | format("data", "cupom.valor_total", "data", "cupom.valor_total") }} as total_amount,
        coalesce(array_length(lines), 0) as line_count,
        (select sum(l.units) from unnest(lines) as l) as unit_count,
        (select sum(coalesce(l.gross, l.paid + coalesce(l.off, 0) + coalesce(l.coupon, 0))) from unnest(lines) as l) as gross_amount,
        (select sum(l.off) from unnest(lines) as l) as discount_amount,
        (select sum(l.coupon) from unnest(lines) as l) as coupon_amount,
        (select sum(l.paid) from unnest(lines) as l) as line_amount,
        coalesce(array_length(json_query_array(data, '$.cupom.pagamentos')), 0) as payment_count,
        (
            select sum({{ number | format("p", "valor", "p", "valor") }})
            from unnest(json_query_array(data, '$.cupom.pagamentos')) as p
        ) as paid_amount
    from documents

)
{%- endmacro %}

{% macro duckdb__source_receipt_figures(messages) -%}
{%- set line = {"valor_total": "JSON", "valor_bruto": "JSON", "desconto": "JSON", "desconto_cupom": "JSON", "quantidade": "JSON"} -%}
{%- set shape = {
    "timestamp": "VARCHAR",
    "cupom": {
        "id": "VARCHAR", "loja": {"id": "VARCHAR"}, "cliente": {"id": "VARCHAR"},
        "itens": [line], "pagamentos": [{"valor": "JSON"}], "valor_total": "JSON",
    },
} -%}
documents as (

    select
        message_id,
        publish_time,
        landed_at,
        from_json(data, '{{ tojson(shape) }}') as doc
    from {{ messages }}

),

priced as (

    select
        *,
        [
            {
                {%- for name, field in {"paid": "valor_total", "gross": "valor_bruto", "off": "desconto", "coupon": "desconto_cupom", "units": "quantidade"}.items() %}
                '{{ name }}': {{ strict_decimal("i['" ~ field ~ "']", "21, 9") | indent(16) }}{{ "," if not loop.last }}
                {%- endfor %}
            }
            for i in doc['cupom']['itens']
        ] as lines
    from documents

),

figures as (

    select
        message_id,
        publish_time,
        landed_at,
        doc['cupom']['id'] as receipt_id,
        doc['cupom']['loja']['id'] as store_id,
        doc['timestamp'] as written_at,
        nullif(doc['cupom']['cliente']['id'], '') is not null as has_till_customer,
        {{ strict_decimal("doc['cupom']['valor_total']", "21, 9") | indent(8) }} as total_amount,
        coalesce(len(lines), 0) as line_count,
        list_sum([l['units'] for l in lines]) as unit_count,
        list_sum([coalesce(l['gross'], l['paid'] + coalesce(l['off'], 0) + coalesce(l['coupon'], 0)) for l in lines]) as gross_amount,
        list_sum([l['off'] for l in lines]) as discount_amount,
        list_sum([l['coupon'] for l in lines]) as coupon_amount,
        list_sum([l['paid'] for l in lines]) as line_amount,
        coalesce(len(doc['cupom']['pagamentos']), 0) as payment_count,
        list_sum([{{ strict_decimal("p['valor']", "21, 9") | indent(8) }} for p in doc['cupom']['pagamentos']]) as paid_amount
    from priced

)
{%- endmacro %}
