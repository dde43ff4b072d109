{% macro forget_superseded_figures() -%}
    {#- A run has figures of the newest of its own documents. When another run had, or has, a newer one of the same order, they go:
        the table is the same, whichever documents came together. The first run is the only one. -#}
    {%- if is_incremental() -%}
    {%- set figures = [
        "status", "line_count", "unit_count", "total_amount", "items_amount", "discounts_amount", "shipping_amount", "tax_amount",
        "line_amount", "service_amount", "package_count", "invoice_amount", "payment_count", "paid_amount",
    ] -%}
    {%- set of_several -%}
        select landed_at
        from (
            select
                landed_at,
                count(*) over (partition by order_id) as candidate_count
            from {{ this }}
            where line_count is not null
        ) as candidates
        where candidate_count > 1
    {%- endset -%}
    {%- set is_candidate = within("landed_at", "day", of_several) ~ " and line_count is not null" -%}
    update {{ this }}
    set {{ figures | join(" = null, ") }} = null
    where
        {{ is_candidate }}
        and message_id in (
            select message_id
            from (
                select
                    message_id,
                    rank() over (
                        partition by order_id order by changed_at desc nulls last, published_at desc, message_id desc
                    ) as place
                from {{ this }}
                where {{ is_candidate }}
            ) as candidates
            where place > 1
        )
    {%- endif -%}
{%- endmacro %}
