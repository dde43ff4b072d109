{% macro campaign_text(value) -%}
    {#- Marketing parameters can carry a person: what follows a question mark, or holds an e-mail, is left out. -#}
    case when {{ value }} not like '%@%' then nullif({{ dbt.split_part(value, "'?'", 1) }}, '') end
{%- endmacro %}
