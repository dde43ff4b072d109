{% macro traffic_channel(source, medium, campaign, referrer_host) -%}
    {#- What brought a visit: the campaign that its address names, else the page that led there. -#}
    {%- set mediums = {
        "paid search": "^(?:cpc|ppc|paid[_ -]?search|sem|shopping)$",
        "paid social": "paid[_ -]?social|social[_ -]?(?:paid|ads)",
        "display": "^(?:display|banner|cpm|retargeting|remarketing|programmatic)$",
        "email": "e-?mail|newsletter",
        "messages": "whatsapp|^sms$|^push|^rcs$",
        "affiliates": "affiliat|afiliad|^cps$|^partner",
        "social": "social",
        "organic search": "^organic$",
        "referral": "^referral$",
    } -%}
    {%- set hosts = {
        "organic search": "(?:^|[.])(?:google|bing|yahoo|duckduckgo|ecosia|yandex|baidu)[.]",
        "social": "(?:^|[.])(?:(?:facebook|instagram|tiktok|youtube|pinterest|linkedin|twitter|x)[.]com|t[.]co)$",
    } -%}
    case
        {%- for name, pattern in mediums.items() %}
        when {{ matches("lower(" ~ medium ~ ")", pattern) }} then '{{ name }}'
        {%- endfor %}
        when coalesce({{ source }}, {{ medium }}, {{ campaign }}) is not null then 'other campaign'
        {%- for name, pattern in hosts.items() %}
        when {{ matches("lower(" ~ referrer_host ~ ")", pattern) }} then '{{ name }}'
        {%- endfor %}
        when {{ referrer_host }} is not null then 'referral'
        else 'direct'
    end
{%- endmacro %}
