{% macro create_hash_key() %}
    {# The key of keyed hashes is made once, by the database itself, and stays in the restricted store:
       it never appears in SQL text, logs or the repository. #}
    {% if is_running() %}
        {% set relation = hash_key_relation() %}
        {% do adapter.create_schema(relation) %}
        {% do run_query("create table if not exists " ~ relation ~ " (hash_key " ~ dbt.type_string() ~ ")") %}
        {% do run_query(
            "insert into " ~ relation ~ " select hash_key from (select " ~ random_key() ~ " as hash_key)"
            ~ " as new_key where not exists (select 1 from " ~ relation ~ ")"
        ) %}
        {% if target.type == "duckdb" %}
            {% do run_query("copy " ~ relation ~ " to '" ~ hash_key_file() ~ "' (format csv, header false)") %}
        {% endif %}
    {% endif %}
{% endmacro %}
