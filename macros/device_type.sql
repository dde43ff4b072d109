{% macro device_type(agent) -%}
    {#- Of a browser's name for itself, in lower case. An Android that does not say `mobile` is a tablet. -#}
    case
        when {{ matches(agent, "ipad|tablet|kindle|silk/|playbook") }} then 'tablet'
        when {{ matches(agent, "mobi|iphone|ipod|opera mini|iemobile") }} then 'mobile'
        when {{ matches(agent, "android") }} then 'tablet'
        when {{ matches(agent, "windows nt|macintosh|x11|linux|cros") }} then 'desktop'
        when {{ agent }} is not null then 'other'
    end
{%- endmacro %}
