{% macro rejection_reason(fields) -%}
    {#- The first thing that keeps a message from being used, or null. A field marked `required` must be there
        in its own type; `nullable` lets it be null, but not absent. A message that has them all is asked nothing else. -#}
    {%- set required = [] -%}
    {%- for name, field in fields.items() if field.required %}{% do required.append(name ~ " is not null") %}{% endfor -%}
    case
        {%- if required %}
        when {{ required | join(" and ") }} then null
        {%- endif %}
        when {{ matches("coalesce(data, '')", "^[ \\t\\r\\n]*$") }} then 'empty data'
        when json_values is null and {{ is_json("data") }} then 'not a JSON object'
        when json_values is null then 'broken JSON'
        {%- for name, field in fields.items() if field.required %}
        {%- set value = json_value(fields, name) %}
        when {{ value }} is null{% if not field.nullable %} or {{ value }} = 'null'{% endif %}
            then 'missing {{ field.paths[0] }}'
        when {{ name }} is null{% if field.nullable %} and {{ value }} <> 'null'{% endif %}
            then '{{ "unparsable time in " if field.type in ("time", "date") else "wrong type of " }}{{ field.paths[0] }}'
        {%- endfor %}
    end
{%- endmacro %}
