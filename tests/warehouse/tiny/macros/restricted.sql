{% macro restricted() -%} {{ "vitrine_pii" if target.type == "duckdb" else target.database }} {%- endmacro %}
