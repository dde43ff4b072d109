{% macro local_date(utc) -%} cast({{ local_timestamp(utc) }} as date) {%- endmacro %}
