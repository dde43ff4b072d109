{% macro recommendation_weights() -%}
    {#- The seed as one row, a column a parameter: whoever changes a line of it, a person or `vitrine evaluate`, changes
        every model that weighs. -#}
    {%- set parameters = [
        "repeat_weight", "due_weight", "similar_weight", "popular_weight", "viewed_weight", "own_model_weight", "viewed_together_weight",
        "repeat_half_life_days", "popular_half_life_days", "viewed_half_life_days",
    ] -%}
    select
        {% for parameter in parameters -%}
        max(case when parameter = '{{ parameter }}' then parameter_value end) as {{ parameter }}
        {%- if not loop.last %},{% endif %}
        {% endfor -%}
    from {{ ref("recommendation_weights") }}
{%- endmacro %}
