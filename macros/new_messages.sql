{% macro new_messages(raw) -%}
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
