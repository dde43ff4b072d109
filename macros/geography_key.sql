{% macro geography_key(country_code, state, city, postal_code_prefix) -%}
    {#- A place is named by what is known of it, whatever the case of its city; of nothing there is no key. -#}
    case
        when coalesce({{ country_code }}, {{ state }}, {{ city }}, {{ postal_code_prefix }}) is not null
            then {{ surrogate_key([country_code, state, "upper(" ~ city ~ ")", postal_code_prefix]) }}
    end
{%- endmacro %}
