{% macro scored_pairs() -%}
    {#- What a shop's own model thinks: customer_id, sku_id and score, the greater the better. -#}
    {%- set scores = var("recommendation_scores") -%}
    {%- if scores -%}
        select
            cast(customer_id as {{ dbt.type_string() }}) as customer_id,
            cast(sku_id as {{ dbt.type_string() }}) as sku_id,
            score
        from {{ scored_relation(scores) }}
    {%- else -%}
        select
            cast(null as {{ dbt.type_string() }}) as customer_id,
            cast(null as {{ dbt.type_string() }}) as sku_id,
            0.0 as score
        from {{ ref("recommendation_weights") }}
        where false
    {%- endif -%}
{%- endmacro %}
