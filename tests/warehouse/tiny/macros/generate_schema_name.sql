{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ "" if target.type == "duckdb" else target.schema ~ "_" }}{{ custom_schema_name or "main" }}
{%- endmacro %}
