{% macro raw_tables() %}
    {# What each raw table holds: a contract, or what no contract claims. #}
    {% set tables = {"dead_letters": none} %}
    {% for contract in staged_contracts() %}{% do tables.update({contract.raw: contract.name}) %}{% endfor %}
    {{ return(tables) }}
{% endmacro %}
