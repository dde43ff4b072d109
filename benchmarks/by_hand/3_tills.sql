-- The newest document of each receipt, unless one of its lines cannot be used.
create temp table parsed_receipts as
select
    message_id,
    published_at,
    from_json(
        case when starts_with(data, '{') and json_valid(data) then data end,
        '{
            "timestamp": "VARCHAR",
            "cupom": {
                "id": "JSON", "loja": {"id": "JSON"}, "operador": {"id": "VARCHAR"},
                "cliente": {"id": "VARCHAR", "cpf_hash": "VARCHAR"},
                "itens": [{
                    "sequencia": "JSON", "produto_id": "JSON", "descricao": "VARCHAR", "departamento": "VARCHAR",
                    "categoria": "VARCHAR", "marca": "VARCHAR", "quantidade": "JSON", "valor_unitario": "VARCHAR",
                    "valor_bruto": "VARCHAR", "desconto": "VARCHAR", "desconto_cupom": "VARCHAR",
                    "valor_total": "JSON"
                }],
                "pagamentos": [{"tipo": "VARCHAR", "valor": "VARCHAR"}],
                "valor_total": "JSON"
            }
        }'
    ) as document
from documents_of('pos_receipts');

create temp table receipts as
select
    document.cupom.id ->> '$' as receipt_id,
    document.cupom.loja.id ->> '$' as store_id,
    document.cupom.operador.id as operator_id,
    document.cupom.cliente.id as till_customer_id,
    till_hash(document.cupom.cliente.cpf_hash) as document_hash,
    amount(document.cupom.valor_total) as total_amount,
    cast(left(document.timestamp, 10) as date) as sale_date,
    utc(document.timestamp) as sold_at,
    document.cupom.itens as lines,
    document.cupom.pagamentos as payments
from parsed_receipts
where
    json_type(document.cupom.id) = 'VARCHAR'
    and json_type(document.cupom.loja.id) = 'VARCHAR'
    and regexp_matches(cast(document.cupom.valor_total as varchar), '^-?[0-9]')
    and document.cupom.itens is not null
    and utc(document.timestamp) is not null
    and not coalesce(
        list_bool_or([
            coalesce(json_type(line.sequencia), '') not in ('UBIGINT', 'BIGINT')
            or coalesce(json_type(line.produto_id), '') <> 'VARCHAR'
            or coalesce(json_type(line.quantidade), '') not in ('UBIGINT', 'BIGINT', 'DOUBLE')
            or coalesce(json_type(line.valor_total), '') not in ('UBIGINT', 'BIGINT', 'DOUBLE')
            for line in document.cupom.itens
        ]), false
    )
qualify row_number() over (partition by receipt_id order by sold_at desc, published_at desc, message_id desc) = 1;
drop table parsed_receipts;

create temp table receipt_lines as
with lines as (
    select receipt_id, sold_at, unnest(lines) as line, generate_subscripts(lines, 1) as place
    from receipts
)

select
    receipt_id,
    sold_at,
    -- The number as printed; one that is printed twice is counted on from the greatest.
    case
        when row_number() over (partition by receipt_id, line.sequencia::bigint order by place) = 1
            then line.sequencia::bigint
        else max(line.sequencia::bigint) over (partition by receipt_id) + place
    end as line_number,
    line.produto_id ->> '$' as till_product_id,
    line.descricao as item_name,
    line.marca as brand_name,
    line.categoria as category_name,
    line.departamento as department_name,
    amount(line.quantidade) as unit_count,
    amount(line.valor_unitario) as unit_price_amount,
    coalesce(amount(line.desconto), 0) as discount_amount,
    coalesce(amount(line.desconto_cupom), 0) as coupon_amount,
    amount(line.valor_total) as line_amount,
    coalesce(amount(line.valor_bruto), line_amount + discount_amount + coupon_amount) as gross_amount
from lines;

create temp table campaigns as
select
    data ->> '$.campanha.id' as campaign_id,
    from_json(data -> '$.campanha.clientes', '["VARCHAR"]') as members,
    from_json(data -> '$.campanha.cupons', '[{"coupon_upc": "VARCHAR", "produtos": ["VARCHAR"]}]') as coupons
from documents_of('marketing_campaigns')
where starts_with(data, '{') and json_valid(data) and campaign_id is not null
    and utc(data ->> '$.campanha.inicio') is not null and utc(data ->> '$.campanha.fim') is not null
qualify
    row_number() over (
        partition by campaign_id
        order by coalesce(utc(data ->> '$.timestamp'), published_at) desc, published_at desc, message_id desc
    ) = 1;

create temp table campaign_coupons as
with coupons as (select campaign_id, unnest(coupons) as coupon from campaigns)

select distinct campaign_id, coupon.coupon_upc as coupon_code, unnest(coupon.produtos) as till_product_id
from coupons;

create temp table redemptions as
select
    data ->> '$.resgate.id' as redemption_id,
    data ->> '$.resgate.campanha_id' as campaign_id,
    data ->> '$.resgate.cliente_id' as till_customer_id,
    data ->> '$.resgate.coupon_upc' as coupon_code,
    cast(left(coalesce(data ->> '$.resgate.data', data ->> '$.timestamp'), 10) as date) as redeemed_date
from documents_of('marketing_coupon_redemptions')
where starts_with(data, '{') and json_valid(data)
    and redemption_id is not null and campaign_id is not null and till_customer_id is not null
qualify
    row_number() over (
        partition by redemption_id
        order by coalesce(utc(data ->> '$.timestamp'), published_at) desc, published_at desc, message_id desc
    ) = 1;

create temp table till_customers as
with registered as (
    select
        message_id,
        published_at,
        data ->> '$.novo_cliente.id' as till_customer_id,
        utc(data ->> '$.timestamp') as changed_at,
        data -> '$.novo_cliente' as customer
    from documents_of('pos_customers')
    where starts_with(data, '{') and json_valid(data)
)

select
    till_customer_id,
    changed_at,
    till_hash(customer ->> '$.cpf_hash') as document_hash,
    phone_hash(customer ->> '$.telefone') as phone_hash,
    nullif(customer ->> '$.age', '') as age_range,
    nullif(customer ->> '$.income', '') as income_range,
    nullif(customer ->> '$.household_size', '') as household_size,
    nullif(customer ->> '$.kids_count', '') as kids_count,
    (customer ->> '$.aceita_mensagens')::boolean as accepts_messages
from registered
where till_customer_id is not null and changed_at is not null
qualify row_number() over (partition by till_customer_id, changed_at order by published_at desc, message_id desc) = 1;
