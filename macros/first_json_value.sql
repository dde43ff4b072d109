{% macro first_json_value(values) %}
    {# Several spellings of one field: the first that is there and not null; a single one keeps its JSON null. #}
    {% if values | length == 1 %}{{ return(values[0]) }}{% endif %}
    {{ return("coalesce(nullif(" ~ values | join(", 'null'), nullif(") ~ ", 'null'))") }}
{% endmacro %}
