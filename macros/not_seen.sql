{% macro not_seen(staged_at="staged_at") -%}
    {#- What was staged since this model last ran, late or not: staging numbers its runs in `staged_at`. -#}
    {%- if is_incremental() -%}
        {{ staged_at }} > {{ constant("select coalesce(max(staged_at), cast('1900-01-01' as timestamp)) from " ~ this) }}
    {%- else -%} true
    {%- endif -%}
{%- endmacro %}
