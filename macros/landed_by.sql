{% macro landed_by(rows) %}
    {#- What had landed by a time, where a run is to see raw as it was then; all that has landed otherwise. -#}
    {% if not var("landed_by", none) %}{{ return(rows) }}{% endif %}
    {{ return("select * from (" ~ rows ~ ") as landed where landed_at <= cast('" ~ var("landed_by") ~ "' as timestamp)") }}
{% endmacro %}
