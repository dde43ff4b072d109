{% macro create_raw_views() %}
    {{ return(adapter.dispatch("create_raw_views")()) }}
{% endmacro %}

{% macro duckdb__create_raw_views() %}
    {#- A view names its files: a run reads one state of raw, whatever lands or is compacted meanwhile. -#}
    {% for source in (graph.sources.values() if is_running() else []) if source.source_name == "raw" %}
        {% set relation = api.Relation.create(source.database, source.schema, source.identifier) %}
        {% do adapter.create_schema(relation) %}
        {% do run_query("create or replace view " ~ relation ~ " as " ~ landed_by(raw_rows(raw_files(raw_root(), source), source))) %}
    {% endfor %}
{% endmacro %}

{% macro bigquery__create_raw_views() %}
    {% for source in (graph.sources.values() if is_running() else []) if source.source_name == "raw" %}
        {% set relation = api.Relation.create(source.database, source.schema, source.identifier) %}
        {% do adapter.create_schema(landed_relation(source.name)) %}
        {% do run_query(landed_table_ddl(source.name)) %}
        {% do adapter.create_schema(relation) %}
        {% do run_query("create or replace view " ~ relation ~ " as " ~ landed_by(landed_messages(source.name))) %}
    {% endfor %}
{% endmacro %}
