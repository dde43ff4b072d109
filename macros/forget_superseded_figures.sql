{% macro forget_superseded_figures() -%}
    {#- A run has figures of the newest of its own documents. When another run had, or has, a newer one of the same order, they go:
        the table is the same, whichever documents came together. -#}
    {%- set figures = [
        "status", "line_count", "unit_count", "total_amount", "items_amount", "discounts_amount", "shipping_amount", "tax_amount",
        "line_amount", "service_amount", "package_count", "invoice_amount", "payment_count", "paid_amount",
    ] -%}
    {%- set superseded -%}
        line_count is not null
        and message_id in (
            select message_id
            from (
                select
                    message_id,
                    rank() over (
                        partition by order_id order by changed_at desc nulls last, published_at desc, message_id desc
                    ) as place
                from {{ this }}
                where line_count is not null
            ) as candidates
            where place > 1
        )
    {%- endset -%}
    update {{ this }}
    set {{ figures | join(" = null, ") }} = null
    where
        {{ within("landed_at", "day", "select landed_at from " ~ this ~ " where " ~ superseded) }}
        and {{ superseded }}
{%- endmacro %}
