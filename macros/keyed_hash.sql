{% macro keyed_hash(value) -%}
    case
        when {{ value }} is not null
            then {{ dbt.hash("(select max(hash_key) from " ~ hash_key_relation() ~ ") || " ~ value) }}
    end
{%- endmacro %}
