{% macro valid_from(key, changed_at) -%}
    {#- The first known version is valid from 1900: a fact older than it still finds it. -#}
    case
        when row_number() over (partition by {{ key }} order by {{ changed_at }}) = 1 then least({{ changed_at }}, cast('1900-01-01' as timestamp))
        else {{ changed_at }}
    end
{%- endmacro %}
