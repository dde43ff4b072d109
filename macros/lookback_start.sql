{% macro lookback_start() %}
    {# How far back a late message is looked for: from the newest that this model has, a subscription's retention. #}
    {{ return(constant(
        "select coalesce(timestamp_sub(max(landed_at), interval " ~ var("lookback_days") ~ " day), cast('1900-01-01' as timestamp))"
        ~ " from " ~ this
    )) }}
{% endmacro %}
