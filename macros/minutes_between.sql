{% macro minutes_between(first, last) -%}
    ({{ epoch_micros(last) }} - {{ epoch_micros(first) }}) * 0.000001 / 60
{%- endmacro %}
