{% macro days_in_words(days) -%}
    {#- A number of days in Portuguese, rounded. -#}
    cast(cast(round({{ days }}) as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }})
    || case when round({{ days }}) = 1 then ' dia' else ' dias' end
{%- endmacro %}
