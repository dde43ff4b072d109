{% macro is_bot(agent) -%}
    {#- Machines that say so, of a browser's name for itself in lower case. Cubot is a telephone. -#}
    {%- set names = [
        "(?:^|[^u])bots?(?:[^a-z]|$)", "crawl", "spider", "slurp", "headless", "phantomjs", "lighthouse", "preview",
        "facebookexternalhit", "pingdom", "uptime", "gtmetrix", "^curl/", "^wget/", "python-", "^java/",
        "go-http-client",
    ] -%}
    coalesce({{ matches(agent, names | join("|")) }}, false)
{%- endmacro %}
