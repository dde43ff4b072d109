{% macro raw_root() %}
    {# Absolute, so that a view means the same wherever it is read. #}
    {% set root = env_var("VITRINE_RAW", "data/raw") %}
    {{ return(root if root.startswith("/") or "://" in root else invocation_args_dict.project_dir ~ "/" ~ root) }}
{% endmacro %}
