{% macro as_of() -%}
    cast('{{ var("as_of", run_started_at.astimezone(modules.pytz.utc).strftime("%Y-%m-%d %H:%M:%S.%f")) }}' as timestamp)
{%- endmacro %}
