{% macro valid_at(at, relation, since="valid_from", until="valid_to", type="timestamp") -%}
    {#- Which version held then. Without an `or`, for which DuckDB would compare each row with all versions of all. -#}
    {{ at }} >= {{ relation }}.{{ since }}
    and {{ at }} < coalesce({{ relation }}.{{ until }}, cast('9999-12-31' as {{ type }}))
{%- endmacro %}
