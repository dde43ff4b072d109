{% macro empty_raw_table(source) -%}
    (
        select
            {%- for name, column in source.columns.items() %}
            cast(null as {{ column.data_type }}) as {{ name }}{{ "," if not loop.last }}
            {%- endfor %}
        where false
    )
{%- endmacro %}
