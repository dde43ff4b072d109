{% macro raw_rows(files, source) -%}
    {#- A compacted row stands for all copies of a message: for the first one itself, for the others in a list. -#}
    {%- set columns = source.columns | join(", ") -%}
    {%- set of_copy = ["subscription_name", "publish_time", "attributes", "landed_at"] -%}
    {%- set read = "read_parquet(['%s'], hive_partitioning = false)" -%}
    {%- set all = files.landed + files.compacted -%}
    select {{ columns }} from {{ read % all | join("', '") if all else empty_raw_table(source) }}
    {%- if files.with_copies %}
    union all
    select {{ columns }}
    from (
        select {{ source.columns | reject("in", of_copy) | join(", ") }}, unnest(copies, max_depth := 2)
        from {{ read % files.with_copies | join("', '") }}
        where copy_count > 1
    )
    {%- endif %}
{%- endmacro %}
