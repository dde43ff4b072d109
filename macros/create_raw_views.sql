{% macro create_raw_views() %}
    {{ return(adapter.dispatch("create_raw_views")()) }}
{% endmacro %}

{% macro duckdb__create_raw_views() %}
    {% set root = env_var("VITRINE_RAW", "data/raw") %}
    {% if not (root.startswith("/") or "://" in root) %}
        {% set root = flags.PROJECT_DIR ~ "/" ~ root %}
    {% endif %}
    {% for source in (graph.sources.values() if is_running() else []) if source.source_name == "raw" %}
        {% set relation = api.Relation.create(source.database, source.schema, source.identifier) %}
        {% set files = root ~ "/landed/" ~ source.name ~ "/*/*/*.parquet" %}
        {% set landed = run_query("select count(*) from glob('" ~ files ~ "')")[0][0] %}
        {% do adapter.create_schema(relation) %}
        {% do run_query(
            "create or replace view " ~ relation ~ " as select * from "
            ~ ("read_parquet('" ~ files ~ "', hive_partitioning = false)" if landed else empty_raw_table(source))
        ) %}
    {% endfor %}
{% endmacro %}

{% macro bigquery__create_raw_views() %}
    {% for source in (graph.sources.values() if is_running() else []) if source.source_name == "raw" %}
        {% set relation = api.Relation.create(source.database, source.schema, source.identifier) %}
        {% do adapter.create_schema(landed_relation(source.name)) %}
        {% do run_query(landed_table_ddl(source.name)) %}
        {% do adapter.create_schema(relation) %}
        {% do run_query("create or replace view " ~ relation ~ " as " ~ landed_messages(source.name)) %}
    {% endfor %}
{% endmacro %}
