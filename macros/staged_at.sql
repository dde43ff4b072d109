{% macro staged_at() %}
    {# When this run began, but always after the last one: whatever the clock does, runs stay in order. #}
    {% set now = run_started_at.astimezone(modules.pytz.utc).replace(tzinfo=none) %}
    {% if is_incremental() %}
        {% set last = run_query("select max(staged_at) from " ~ this)[0][0] if execute %}
        {% if last %}{% set now = [now, last.replace(tzinfo=none) + modules.datetime.timedelta(microseconds=1)] | max %}{% endif %}
    {% endif %}
    {{ return(now.strftime("%Y-%m-%d %H:%M:%S.%f")) }}
{% endmacro %}
