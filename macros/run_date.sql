{% macro run_date() -%}
    {#- The local day that suggestions and recommendations are made for. -#}
    {{ local_date(as_of()) }}
{%- endmacro %}
