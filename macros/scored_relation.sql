{% macro scored_relation(scores) %}{{ return(adapter.dispatch("scored_relation")(scores)) }}{% endmacro %}

{% macro default__scored_relation(scores) -%} `{{ scores }}` {%- endmacro %}

{% macro duckdb__scored_relation(scores) -%}
    {#- A Parquet file, or a table by its name. -#}
    {%- if scores.endswith(".parquet") -%} read_parquet('{{ scores | replace("'", "''") }}') {%- else -%} {{ scores }} {%- endif -%}
{%- endmacro %}
