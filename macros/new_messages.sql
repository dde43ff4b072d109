{% macro new_messages(raw) %}{{ return(adapter.dispatch("new_messages")(raw)) }}{% endmacro %}

{% macro default__new_messages(raw) -%}
    {#- A subscription lands alone: a message's landed_at is its publish time, and it can become visible late. So the
        last days, by the data's own clock, are compared with what is staged, copy by copy. All bounds are constants,
        and the first copy that is missing is found in narrow columns: payloads are read from its day on. -#}
    {%- if is_incremental() -%}
    {%- set since = lookback_start() -%}
    {%- set staged = this ~ " where landed_at >= " ~ since ~ " and staged_at >= " ~ constant(
        "select coalesce(min(staged_at), cast('1900-01-01' as timestamp)) from " ~ this ~ " where landed_at >= " ~ since
    ) -%}
    {%- set missing = constant(
        "select min(landed_at) from (select message_id, landed_at from ("
        ~ "select message_id, landed_at, 1 as copies from " ~ raw ~ " where landed_at >= " ~ since
        ~ " union all select message_id, landed_at, -1 as copies from " ~ staged
        ~ ") as both_sides group by message_id, landed_at having sum(copies) > 0) as missing"
    ) -%}
    select
        copies.*,
        cast('{{ staged_at() }}' as timestamp) as staged_at
    from (
        select
            *,
            coalesce(to_hex(md5(data)), '') as copy_hash,
            row_number() over (partition by message_id, landed_at, md5(data) order by attributes) as copy_number
        from {{ raw }}
        where landed_at >= {{ missing }}
    ) as copies
    left join (
        select
            message_id,
            landed_at,
            coalesce(content_hash, '') as copy_hash,
            count(*) as copy_count
        from {{ staged }}
        group by message_id, landed_at, copy_hash
    ) as staged
        on
            copies.message_id = staged.message_id
            and copies.landed_at = staged.landed_at
            and copies.copy_hash = staged.copy_hash
    where copies.copy_number > coalesce(staged.copy_count, 0)
    {%- else -%}
    select
        *,
        cast('{{ staged_at() }}' as timestamp) as staged_at
    from {{ raw }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__new_messages(raw) -%}
    {#- A landed batch is immutable and carries one landed_at, so the batches to read are those whose row count
        is not the staged one: new ones, and any that became visible late. No clock, no overlap to guess. -#}
    select
        *,
        cast('{{ staged_at() }}' as timestamp) as staged_at
    from {{ raw }}
    {%- if is_incremental() %}
    where
        landed_at in (
            select landed_at
            from (
                select landed_at, count(*) as row_count from {{ raw }} group by landed_at
                except distinct
                select landed_at, count(*) as row_count from {{ this }} group by landed_at
            )
        )
    {%- endif %}
{%- endmacro %}
