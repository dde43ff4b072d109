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
    list_sum(
        list_transform(
            list_filter(
                from_json(
                    {{ price_tags }},
                    '[{"name": "VARCHAR", "value": "DECIMAL(15, 4)", "rawValue": "DECIMAL(12, 6)", "isPercentual": "BOOLEAN"}]'
                ),
                lambda tag: {{ price_tag_kind("tag['name']") }} = '{{ kind }}'
            ),
            lambda tag: cast(
                case
                    when tag['isPercentual'] then {{ gross_amount }} * coalesce(tag['rawValue'], tag['value'])
                    else coalesce(tag['value'] * 0.01, tag['rawValue'])
                end as numeric(38, 9)
            )
        )
    )
{%- endmacro %}
