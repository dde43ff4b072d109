{% macro bigquery__escape_single_quotes(expression) -%}
    {#- The adapter's own leaves backslashes, which GoogleSQL reads as escapes: a unit test's JSON would be another. -#}
    {{ expression | replace("\\", "\\\\") | replace("'", "\\'") }}
{%- endmacro %}
