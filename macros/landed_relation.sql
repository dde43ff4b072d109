{% macro landed_relation(table) %}
    {# Where a Pub/Sub BigQuery subscription writes: a dataset that builds only read. #}
    {% set dataset = env_var("VITRINE_BIGQUERY_LANDED", target.schema ~ "_landed") %}
    {{ return(api.Relation.create(target.database, dataset, table)) }}
{% endmacro %}
