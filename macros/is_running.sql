{% macro is_running() %}
    {# Hooks are rendered for commands that only look, too; those change nothing. #}
    {{ return(execute and flags.WHICH not in ("compile", "parse", "list", "generate", "lint")) }}
{% endmacro %}
