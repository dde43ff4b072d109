{% macro known_value(attribute, key, changed_at) -%}
    {#- An attribute holds until it is said again, and its first known value from the beginning. -#}
    coalesce(
        last_value({{ attribute }} ignore nulls) over (
            partition by {{ key }} order by {{ changed_at }} rows between unbounded preceding and current row
        ),
        first_value({{ attribute }} ignore nulls) over (
            partition by {{ key }} order by {{ changed_at }} rows between current row and unbounded following
        )
    )
{%- endmacro %}
