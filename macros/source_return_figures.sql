{% macro source_return_figures(messages) %}{{ return(adapter.dispatch("source_return_figures")(messages)) }}{% endmacro %}

{% macro default__source_return_figures(messages) -%}
{%- set number = "coalesce(safe_cast(json_value(i, '$.FIELD') as numeric), 0)" -%}
select
    message_id,
    publish_time,
    json_value(data, '$.id') as return_id,
    json_value(data, '$.status') as status,
    (
        select sum(({{ number | replace("FIELD", "sellingPrice") }} + {{ number | replace("FIELD", "tax") }}) * {{ number | replace("FIELD", "quantity") }})
        from unnest(json_query_array(data, '$.items')) as i
    ) * 0.01 as asked_amount,
    (
        select sum({{ number | replace("FIELD", "price") }} * {{ number | replace("FIELD", "quantity") }} - {{ number | replace("FIELD", "restockFee") }})
        from unnest(json_query_array(data, '$.refundData.items')) as i
    ) * 0.01 as refund_amount
from {{ messages }}
{%- endmacro %}

{% macro duckdb__source_return_figures(messages) -%}
{%- set number = "coalesce(" ~ strict_decimal("json_extract(i, '$.FIELD')", "15, 4") ~ ", 0)" -%}
select
    message_id,
    publish_time,
    data ->> '$.id' as return_id,
    data ->> '$.status' as status,
    list_sum([
        ({{ number | replace("FIELD", "sellingPrice") }} + {{ number | replace("FIELD", "tax") }}) * {{ number | replace("FIELD", "quantity") }}
        for i in json_extract(data, '$.items[*]')
    ]) * 0.01 as asked_amount,
    list_sum([
        {{ number | replace("FIELD", "price") }} * {{ number | replace("FIELD", "quantity") }} - {{ number | replace("FIELD", "restockFee") }}
        for i in json_extract(data, '$.refundData.items[*]')
    ]) * 0.01 as refund_amount
from {{ messages }}
{%- endmacro %}
