{% macro newest_messages(raw) %}{{ return(adapter.dispatch("newest_messages")(raw)) }}{% endmacro %}

{% macro default__newest_messages(raw) -%}
    {#- What was landed since shortly before this build looked, read when the view is: constants prune partitions. -#}
    select
        *,
        landed_at as staged_at
    from {{ raw if this is none else "(" ~ landed_messages(raw.identifier) ~ ")" }}
    where landed_at >= cast('{{ newest_since().strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp)
{%- endmacro %}

{% macro duckdb__newest_messages(raw) -%}
    {#- Files of earlier hours are not opened. Who follows the newest files himself names them in a variable. Where nothing
        can be read yet, a bare dbt's empty raw layer or a unit test, which has no `this`, raw itself is as good. -#}
    {%- set landed = raw_root() ~ "/landed/" ~ raw.identifier -%}
    {%- set has_files = execute and this is not none
        and run_query("select count(*) from glob('" ~ landed ~ "/*/*/*.parquet')")[0][0] -%}
    select
        *,
        landed_at as staged_at
    {%- if not has_files %}
    from {{ raw }}
    {%- else %}
    from
        read_parquet(
            coalesce(getvariable('newest_{{ raw.identifier }}'), ['{{ landed }}/*/*/*.parquet']),
            hive_partitioning = false, filename = 'landed_file'
        )
    where landed_file >= '{{ landed }}/{{ newest_since().strftime("landed_date=%Y-%m-%d/landed_hour=%H") }}'
    {%- endif %}
{%- endmacro %}
