{% macro attribute(name) %}{{ return(adapter.dispatch("attribute")(name)) }}{% endmacro %}

{% macro default__attribute(name) -%} nullif(json_value(attributes, '$.{{ name }}'), '') {%- endmacro %}

{% macro duckdb__attribute(name) -%} nullif(json_extract_string(attributes, '$.{{ name }}'), '') {%- endmacro %}
