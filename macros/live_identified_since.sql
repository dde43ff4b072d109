{% macro live_identified_since() %}
    {# Events that were nobody's when the build read them become somebody's who logs in now, so many hours back. #}
    {% set started_at = run_started_at.astimezone(modules.pytz.utc) %}
    {{ return((started_at - modules.datetime.timedelta(hours=24)).strftime("%Y-%m-%d %H:%M:%S")) }}
{% endmacro %}
