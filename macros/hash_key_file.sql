{% macro hash_key_file() %}
    {# A published view cannot name the restricted file's tables, so on DuckDB the key is a file beside it as well: who may
       read that one may read what the view reads anyway, raw. #}
    {% set pii = env_var("VITRINE_BUILD_PII", "data/dev_pii.duckdb") %}
    {% set path = env_var("VITRINE_BUILD_KEY", pii | replace(".duckdb", ".key")) %}
    {{ return(path if path.startswith("/") else invocation_args_dict.project_dir ~ "/" ~ path) }}
{% endmacro %}
