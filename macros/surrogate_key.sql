{% macro surrogate_key(columns) -%}
    {#- Times go in as integers: engines write a timestamp as text each in its own way. -#}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- set value = epoch_micros(column) if column.endswith("_at") or column.endswith("valid_from") else column -%}
        {%- do parts.append("coalesce(cast(" ~ value ~ " as " ~ dbt.type_string() ~ "), '')") -%}
    {%- endfor -%}
    {{ dbt.hash(parts | join(" || '|' || ")) }}
{%- endmacro %}
