{% macro digits(text) %}{{ return(adapter.dispatch("digits")(text)) }}{% endmacro %}

{% macro default__digits(text) %}{{ return("regexp_replace(" ~ text ~ ", '[^0-9]', '')") }}{% endmacro %}

{% macro duckdb__digits(text) %}{{ return("regexp_replace(" ~ text ~ ", '[^0-9]', '', 'g')") }}{% endmacro %}
