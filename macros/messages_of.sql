{% macro messages_of(term) -%}
    cast(coalesce(sum(case when term = '{{ term }}' then messages end), 0) as {{ dbt.type_bigint() }})
{%- endmacro %}
