{% macro whole_share(amount, part, total) %}
    {# Cents of an amount that a part of a total gets, cut to whole cents: the same on both engines, as a quotient is not. #}
    {{ return(adapter.dispatch("whole_share")(amount, part, total)) }}
{% endmacro %}

{% macro default__whole_share(amount, part, total) -%} div({{ amount }} * {{ part }}, nullif({{ total }}, 0)) {%- endmacro %}

{% macro duckdb__whole_share(amount, part, total) -%}
    (cast({{ amount }} as hugeint) * cast({{ part }} as hugeint)) // nullif(cast({{ total }} as hugeint), 0)
{%- endmacro %}
