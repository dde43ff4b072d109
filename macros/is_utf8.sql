{% macro is_utf8(bytes) %}{{ return(adapter.dispatch("is_utf8")(bytes)) }}{% endmacro %}

{% macro default__is_utf8(bytes) -%}
    {#- What is no UTF-8 is replaced by U+FFFD, so it does not come back as it was. -#}
    cast(safe_convert_bytes_to_string({{ bytes }}) as bytes) = {{ bytes }}
{%- endmacro %}

{% macro duckdb__is_utf8(bytes) -%} try(decode({{ bytes }})) is not null {%- endmacro %}
