{% macro price_tag_kind(name) -%}
    case
        when lower({{ name }}) like '%shipping%' then 'shipping'
        when lower({{ name }}) like 'tax%' then 'tax'
        else 'price'
    end
{%- endmacro %}
