{% macro days_ago(days) -%}
    {#- As a clerk would say it. -#}
    case
        when {{ days }} = 0 then 'hoje'
        when {{ days }} = 1 then 'ontem'
        else 'há ' || {{ days_in_words(days) | indent(8) }}
    end
{%- endmacro %}
