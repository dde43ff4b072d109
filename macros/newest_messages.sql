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
    {#- Files of earlier hours are not opened. Who follows the newest files himself names them in a variable. In a unit
        test, which has no `this`, raw is a CTE. -#}
    {%- set landed = raw_root() ~ "/landed/" ~ raw.identifier -%}
    select
        *,
        landed_at as staged_at
    {%- if this is none %}
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
