{% macro surrogate_key(columns) -%}
    {#- Each part after its length, so that no two rows read the same. Times go in as integers: engines write a
        timestamp as text each in its own way. -#}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- set value = epoch_micros(column) if column.endswith("_at") or column.endswith("valid_from") else column -%}
        {%- set text = "cast(" ~ value ~ " as " ~ dbt.type_string() ~ ")" -%}
        {%- set size = "cast(length(" ~ text ~ ") as " ~ dbt.type_string() ~ ")" -%}
        {%- do parts.append("coalesce(" ~ size ~ " || ':' || " ~ text ~ ", '-')") -%}
    {%- endfor -%}
    {{ dbt.hash(parts | join(" || ")) }}
{%- endmacro %}
