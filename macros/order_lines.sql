{% macro order_lines(fields, arrays="items") -%}
    {#- Lines of the newest documents that something new was said in, to unfold what is within them. -#}
    {{ order_documents(arrays) }}

    parsed_lines as (
        {{ parsed_elements("documents", "items", ["order_id", "message_id", "staged_at"], fields) | indent(8) }}
    ),

    lines as (
        select
            order_id,
            message_id,
            staged_at,
            position + 1 as line_number,
            {{ typed_fields(fields) | indent(12) }}
        from parsed_lines
    ),
{%- endmacro %}
