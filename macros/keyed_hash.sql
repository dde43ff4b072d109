{% macro keyed_hash(value) -%}
    {%- set is_published = target.type == "duckdb" and this is not none and model.fqn[1] == "speed" -%}
    {%- set key = "read_csv('" ~ hash_key_file() ~ "', header = false, names = ['hash_key'], all_varchar = true)" -%}
    case
        when {{ value }} is not null
            then {{ dbt.hash("(select max(hash_key) from " ~ (key if is_published else hash_key_relation()) ~ ") || " ~ value) }}
    end
{%- endmacro %}
