{% macro newest_of(rows, key, order) %}{{ return(adapter.dispatch("newest_of")(rows, key, order)) }}{% endmacro %}

{% macro default__newest_of(rows, key, order) -%}
    {#- Of the rows of each key the first in `order`; `last_staged_at` is when any of them was staged last. -#}
    select
        *,
        max(staged_at) over (partition by {{ key }}) as last_staged_at
    from {{ rows }}
    qualify row_number() over (partition by {{ key }} order by {{ order }}) = 1
{%- endmacro %}

{% macro duckdb__newest_of(rows, key, order) -%}
    {#- DuckDB sorts whole rows. Where most keys have one, only those of the others are worth it. -#}
    with repeated as (select {{ key }} from {{ rows }} group by {{ key }} having count(*) > 1)

    select
        *,
        staged_at as last_staged_at
    from {{ rows }}
    where {{ key }} not in (select {{ key }} from repeated)
    union all
    ({{ default__newest_of("(select * from " ~ rows ~ " where " ~ key ~ " in (select " ~ key ~ " from repeated)) as told_again", key, order) | indent(4) }})
{%- endmacro %}
