{% macro json_members(relation, keep) %}{{ return(adapter.dispatch("json_members")(relation, keep)) }}{% endmacro %}

{% macro default__json_members(relation, keep) -%}
    {#- One row a member of an object, or element of an array, in `json_value`; a scalar has none. json_keys quotes names
        that have other than letters, digits and `_`. -#}
    select
        {{ keep | join(", ") }},
        member.member_key,
        json_type(member.member_value) as member_type,
        member.member_value
    from {{ relation }},
        unnest(array_concat(
            array(
                select as struct trim(name, '"') as member_key, json_value[trim(name, '"')] as member_value
                from unnest(json_keys(json_value, 1)) as name
            ),
            array(
                select as struct '' as member_key, element as member_value
                from unnest(json_query_array(json_value)) as element
            )
        )) as member
{%- endmacro %}

{% macro duckdb__json_members(relation, keep) -%}
    select
        {{ keep | join(", ") }},
        member.key as member_key,
        case member.type
            when 'OBJECT' then 'object' when 'ARRAY' then 'array' when 'VARCHAR' then 'string'
            when 'BOOLEAN' then 'boolean' when 'NULL' then 'null' else 'number'
        end as member_type,
        member.value as member_value
    from {{ relation }}, json_each({{ relation }}.json_value) as member
{%- endmacro %}
