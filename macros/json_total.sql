{% macro json_total(totals, id) %}{{ return(adapter.dispatch("json_total")(totals, id)) }}{% endmacro %}

{% macro default__json_total(totals, id) -%}
    (
        select sum(safe_cast(json_value(total, '$.value') as numeric))
        from unnest(json_query_array({{ totals }})) as total
        {%- if id %}
        where json_value(total, '$.id') = '{{ id }}'
        {%- endif %}
    )
{%- endmacro %}

{% macro duckdb__json_total(totals, id) -%}
    list_sum(
        list_transform(
            list_filter(
                from_json({{ totals }}, '[{"id": "VARCHAR", "value": "JSON"}]'),
                lambda total: {{ "total['id'] = '" ~ id ~ "'" if id else "true" }}
            ),
            lambda total: {{ strict_decimal("total['value']", "24, 4") }}
        )
    )
{%- endmacro %}
