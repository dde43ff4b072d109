{% macro delete_superseded(owners="cleansed_orders") -%}
    {#- An order whose newest document has fewer lines, or none, loses the others: they bear another message. A table that was just
        made from nothing has no others. -#}
    {%- set newest = ref(owners) -%}
    {%- if is_incremental() -%}
    {%- set superseded -%}
        not exists (select 1 from {{ newest }} as owners where owners.message_id = known.message_id)
    {%- endset -%}
    delete from {{ this }} as known
    where
        {{ within("staged_at", "day", "select staged_at from " ~ this ~ " as known where " ~ superseded) }}
        and {{ superseded }}
    {%- endif -%}
{%- endmacro %}
