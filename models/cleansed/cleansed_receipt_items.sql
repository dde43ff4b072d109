{%- set fields = {
    "stated_number": field("integer", "sequencia"),
    "till_product_id": field("text", "produto_id"),
    "item_name": field("text", "descricao"),
    "department_name": field("text", "departamento"),
    "category_name": field("text", "categoria"),
    "brand_name": field("text", "marca"),
    "quantity": field("number", "quantidade"),
    "unit_price": field("number", "valor_unitario"),
    "stated_gross": field("number", "valor_bruto"),
    "discount": field("number", "desconto"),
    "coupon": field("number", "desconto_cupom"),
    "paid": field("number", "valor_total"),
} -%}
{{ config(
    unique_key="receipt_id",
    cluster_by=["receipt_id"],
    post_hook="{{ delete_superseded('cleansed_receipts') }}",
    meta=unfolds_documents("cleansed_receipts")
) }}

with

{{ receipt_documents("items") }}

parsed as (

    {{ parsed_elements("documents", "items", ["receipt_id", "message_id", "staged_at"], fields) | indent(4) }}

),

typed as (

    select
        receipt_id,
        message_id,
        staged_at,
        position,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

final as (

    select
        message_id,
        receipt_id,
        -- The number as printed; one that is printed twice is counted on from the greatest, so that no line is lost.
        case
            when row_number() over (partition by receipt_id, stated_number order by position) = 1 then stated_number
            else max(stated_number) over (partition by receipt_id) + position + 1
        end as line_number,
        till_product_id,
        item_name,
        department_name,
        category_name,
        brand_name,
        quantity as unit_count,
        unit_price as unit_price_amount,
        coalesce(stated_gross, paid + coalesce(discount, 0) + coalesce(coupon, 0)) as gross_amount,
        coalesce(discount, 0) as discount_amount,
        coalesce(coupon, 0) as coupon_amount,
        paid as line_amount,
        staged_at
    from typed

)

select * from final
