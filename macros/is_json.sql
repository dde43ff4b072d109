{% macro is_json(column) %}{{ return(adapter.dispatch("is_json")(column)) }}{% endmacro %}

{% macro default__is_json(column) -%} safe.parse_json({{ column }}) is not null {%- endmacro %}

{% macro duckdb__is_json(column) -%}
    {#- Only asked of what is no object; an object with a trailing comma is broken, not another type. -#}
    (
        json_valid({{ column }})
        and (not regexp_matches({{ column }}, '^\s*[{n]') or regexp_matches({{ column }}, '^\s*null\s*$'))
    )
{%- endmacro %}
