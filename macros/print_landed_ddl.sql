{% macro print_landed_ddl() %}
    {# dbt run-operation print_landed_ddl --target bigquery: what to create before the first subscription. #}
    {% for table in raw_tables() %}{% do print(landed_table_ddl(table) ~ ";") %}{% endfor %}
{% endmacro %}
