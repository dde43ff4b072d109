{% macro has_content(data, content_hash) -%}
    {#- In `case`: as a condition of a join it would be a key, and each payload of raw would be hashed to find its partner. -#}
    case when {{ dbt.hash(data) }} = {{ content_hash }} then true else false end
{%- endmacro %}
