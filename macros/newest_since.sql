{% macro newest_since() %}
    {# From when on the speed layer reads: this build has read all that was landed before. A batch is in its place soon
       after the time that its path bears; `live_overlap_hours` is how much later than that it may come. #}
    {% set started_at = run_started_at.astimezone(modules.pytz.utc) %}
    {{ return(started_at - modules.datetime.timedelta(hours=var("live_overlap_hours"))) }}
{% endmacro %}
