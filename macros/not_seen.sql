{% macro not_seen(staged_at="staged_at") -%}
    {#- What was staged since this model last ran, late or not: staging numbers its runs in `staged_at`. Tables of DuckDB have
        no partitions to prune, so there one statement does. -#}
    {%- if is_incremental() -%}
        {%- set newest = "select coalesce(max(staged_at), cast('1900-01-01' as timestamp)) from " ~ this -%}
        {{ staged_at }} > {{ "(" ~ newest ~ ")" if target.type == "duckdb" else constant(newest) }}
    {%- else -%} true
    {%- endif -%}
{%- endmacro %}
