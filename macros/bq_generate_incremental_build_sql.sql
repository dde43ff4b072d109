{% macro bq_generate_incremental_build_sql(
    strategy, tmp_relation, target_relation, sql, unique_key, partition_by, partitions, dest_columns, tmp_relation_exists,
    copy_partitions, incremental_predicates
) %}
    {# The adapter calls this macro once the new rows are in a table of their own (`on_schema_change` sees to it).
       Old rows of their keys are looked up in two narrow columns; the delete then names the partitions they are in. #}
    {% if not tmp_relation_exists %}
        {% do exceptions.raise_compiler_error(strategy ~ " needs on_schema_change: fail, append_new_columns or sync_all_columns") %}
    {% endif %}
    {% if strategy == "append" %}
        {{ return(get_delete_insert_merge_sql(target_relation, tmp_relation, none, dest_columns, none)) }}
    {% endif %}
    {% set column = partition_by.field %}
    {% if config.get("meta", {}).get("partition_follows_key") %}
        {% set old_rows = "select " ~ column ~ " from " ~ tmp_relation %}
    {% else %}
        {% set old_rows = "select " ~ column ~ " from " ~ target_relation ~ " where " ~ unique_key ~ " in (select "
            ~ unique_key ~ " from " ~ tmp_relation ~ ")" %}
    {% endif %}
    {{ return(
        "begin transaction;\n"
        ~ get_delete_insert_merge_sql(
            target_relation, tmp_relation, unique_key, dest_columns, [within(column, partition_by.granularity, old_rows)]
        )
        ~ ";\ncommit transaction"
    ) }}
{% endmacro %}
