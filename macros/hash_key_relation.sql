{% macro hash_key_relation() %}
    {% set database = "vitrine_pii" if target.type == "duckdb" else target.database %}
    {{ return(api.Relation.create(database, generate_schema_name("pii", none) | trim, "hash_keys")) }}
{% endmacro %}
