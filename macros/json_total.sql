{% macro json_total(totals, id, name="value") %}{{ return(adapter.dispatch("json_total")(totals, id, name)) }}{% endmacro %}

{% macro default__json_total(totals, id, name) -%}
    (
        select sum(safe_cast(json_value(total, '$.{{ name }}') as numeric))
        from unnest(json_query_array({{ totals }})) as total
        {%- if id %}
        where json_value(total, '$.id') = '{{ id }}'
        {%- endif %}
    )
{%- endmacro %}

{% macro duckdb__json_total(totals, id, name) -%}
    list_sum(
        list_transform(
            list_filter(
                from_json({{ totals }}, '[{"id": "VARCHAR", "{{ name }}": "JSON"}]'),
                lambda total: {{ "total['id'] = '" ~ id ~ "'" if id else "true" }}
            ),
            lambda total: {{ strict_decimal("total['" ~ name ~ "']", "24, 4") }}
        )
    )
{%- endmacro %}
