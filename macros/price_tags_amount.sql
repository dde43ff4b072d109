{% macro price_tags_amount(price_tags, gross_amount, kind) %}
    {{ return(adapter.dispatch("price_tags_amount")(price_tags, gross_amount, kind)) }}
{% endmacro %}

{% macro default__price_tags_amount(price_tags, gross_amount, kind) -%}
    (
        select
            sum(
                case
                    when json_value(tag, '$.isPercentual') = 'true'
                        then {{ gross_amount }} * safe_cast(coalesce(json_value(tag, '$.rawValue'), json_value(tag, '$.value')) as numeric)
                    else coalesce(safe_cast(json_value(tag, '$.value') as numeric) * 0.01, safe_cast(json_value(tag, '$.rawValue') as numeric))
                end
            )
        from unnest(json_query_array({{ price_tags }})) as tag
        where {{ price_tag_kind("json_value(tag, '$.name')") }} = '{{ kind }}'
    )
{%- endmacro %}

{% macro duckdb__price_tags_amount(price_tags, gross_amount, kind) -%}
    {%- set value = strict_decimal("tag['value']", "15, 4") -%}
    {%- set raw_value = strict_decimal("tag['rawValue']", "12, 6") -%}
    {%- set rate = strict_decimal("coalesce(tag['rawValue'], tag['value'])", "8, 6") -%}
    list_sum(
        list_transform(
            list_filter(
                from_json(
                    {{ price_tags }},
                    '[{"name": "VARCHAR", "value": "JSON", "rawValue": "JSON", "isPercentual": "BOOLEAN"}]'
                ),
                lambda tag: {{ price_tag_kind("tag['name']") }} = '{{ kind }}'
            ),
            lambda tag: cast(
                case
                    when tag['isPercentual'] then {{ gross_amount }} * {{ rate }}
                    else coalesce({{ value }} * 0.01, {{ raw_value }})
                end as numeric(38, 9)
            )
        )
    )
{%- endmacro %}
