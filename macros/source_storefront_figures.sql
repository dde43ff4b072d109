{% macro source_storefront_figures(messages) %}{{ return(adapter.dispatch("source_storefront_figures")(messages)) }}{% endmacro %}

{% macro default__source_storefront_figures(messages) -%}
select
    message_id,
    publish_time,
    landed_at,
    coalesce(nullif(json_value(attributes, '$.event_id'), ''), to_hex(md5(data))) as event_id,
    coalesce(
        if(json_query(data, '$.session') like '"%', nullif(json_value(data, '$.session'), ''), null),
        if(json_query(data, '$.sessionId') like '"%', nullif(json_value(data, '$.sessionId'), ''), null)
    ) as source_session_id,
    replace(
        coalesce(json_value(data, '$.event'), json_value(data, '$.eventName'), json_value(data, '$.type'), json_value(data, '$.name')),
        'vtex:', ''
    ) as event_name,
    {{ utc_timestamp("json_value(data, '$.timestamp')") }} as changed_at,
    (
        select coalesce(sum(coalesce(if(json_type(line.quantity) = 'number', safe_cast(json_value(line.quantity) as numeric(15, 9)), null), 1)), 0)
        from unnest(
            json_query_array(
                safe.parse_json(
                    coalesce(
                        nullif(json_query(data, '$.items'), 'null'), nullif(json_query(data, '$.transactionProducts'), 'null'),
                        nullif(json_query(data, '$.params.items'), 'null'), nullif(json_query(data, '$.products'), 'null'),
                        json_query(data, '$.orderForm.items')
                    ),
                    wide_number_mode => 'round'
                )
            )
        ) as line
    ) as unit_count,
    safe_cast(
        regexp_extract(
            coalesce(nullif(json_query(data, '$.transactionTotal'), 'null'), json_query(data, '$.params.value')), r'^-?[0-9].*'
        ) as numeric(20, 9)
    ) as order_amount
from {{ messages }}
{%- endmacro %}

{% macro duckdb__source_storefront_figures(messages) -%}
{#- One parse a message: a value a path. -#}
{%- set paths = [
    "event", "eventName", "type", "name", "session", "sessionId", "timestamp", "items", "transactionProducts", "params.items",
    "products", "orderForm.items", "transactionTotal", "params.value",
] -%}
{%- set value = {} -%}
{%- for path in paths %}{% do value.update({path: "found[" ~ loop.index ~ "]"}) %}{% endfor -%}
select
    message_id,
    publish_time,
    landed_at,
    coalesce(nullif(attributes ->> '$.event_id', ''), md5(data)) as event_id,
    coalesce(
        {%- for path in ["session", "sessionId"] %}
        case when json_type({{ value[path] }}) = 'VARCHAR' then nullif({{ value[path] }} ->> '$', '') end{{ "," if not loop.last }}
        {%- endfor %}
    ) as source_session_id,
    replace(
        coalesce(
            {%- for path in ["event", "eventName", "type", "name"] %}
            {{ value[path] }} ->> '$'{{ "," if not loop.last }}
            {%- endfor %}
        ), 'vtex:', ''
    ) as event_name,
    {{ utc_timestamp("(" ~ value["timestamp"] ~ " ->> '$')") }} as changed_at,
    -- A line is one unit, unless it says how many.
    coalesce(json_array_length(lines), 0) + coalesce(
        list_sum([
            {{ strict_decimal("quantity", "15, 9") }} - 1 for quantity in json_extract(lines, '$[*].quantity')
        ]),
        0
    ) as unit_count,
    {{ strict_decimal("coalesce(nullif(" ~ value["transactionTotal"] ~ ", 'null'), " ~ value["params.value"] ~ ")", "20, 9") }}
        as order_amount
from (
    select
        *,
        coalesce(
            {%- for path in ["items", "transactionProducts", "params.items", "products"] %}
            nullif({{ value[path] }}, 'null'),
            {%- endfor %}
            {{ value["orderForm.items"] }}
        ) as lines
    from (
        select
            message_id,
            publish_time,
            landed_at,
            attributes,
            data,
            json_extract(data, ['$.{{ paths | join("', '$.") }}']) as found
        from {{ messages }}
    ) as parsed
) as with_lines
{%- endmacro %}
