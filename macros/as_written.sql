{% macro as_written(fields, name) %}{{ return(adapter.dispatch("as_written")(fields, name)) }}{% endmacro %}

{% macro default__as_written(fields, name) -%}
    {#- BigQuery's JSON sorts an object's keys; its text does not. -#}
    case when {{ name }} is not null then json_query(data, '$.{{ fields[name].paths[0] }}') end
{%- endmacro %}

{% macro duckdb__as_written(fields, name) -%} {{ name }} {%- endmacro %}
