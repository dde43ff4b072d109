{% macro type_local_timestamp() %}{{ return("datetime" if target.type == "bigquery" else "timestamp") }}{% endmacro %}
