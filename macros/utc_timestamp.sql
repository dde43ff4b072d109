{% macro utc_timestamp(text) %}{{ return(adapter.dispatch("utc_timestamp")(text)) }}{% endmacro %}

{% macro default__utc_timestamp(text) -%}
    if(
        {{ matches(text, iso_time_pattern()) }},
        safe_cast(
            regexp_replace(
                regexp_replace({{ text }}, r'(\.[0-9]{6})[0-9]+', r'\1'), r'^(.{13}:[0-9]{2})([Z+-].*)?$', r'\1:00\2'
            ) as timestamp
        ),
        null
    )
{%- endmacro %}

{% macro duckdb__utc_timestamp(text) -%}
    {#- Through timestamptz, since a plain timestamp drops the offset; the session's zone is UTC, so a text with no zone is UTC.
        DuckDB cuts fractions to microseconds by itself, but refuses a zone right after the minutes: those few texts get seconds.
        By way of microseconds, as `at time zone` asks a calendar, which takes longer than to read the text. -#}
    case
        when {{ matches(text, iso_time_pattern()) }}
            then
                make_timestamp(epoch_us(coalesce(
                    try_cast({{ text }} as timestamptz),
                    try_cast(regexp_replace({{ text }}, '^(.{13}:[0-9]{2})([Z+-].*)?$', '\1:00\2') as timestamptz)
                )))
    end
{%- endmacro %}
