{% macro snapshot_get_time() %}
    {# dbt's snapshots ask this macro for the time; no model reads the clock. #}
    {{ return(as_of()) }}
{% endmacro %}

{% macro default__snapshot_get_time() %}{{ return(as_of()) }}{% endmacro %}
