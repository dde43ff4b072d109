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
    {#- Lists side by side: a lateral json_each would compare documents with one another to find its own. An array has no
        keys, and an object no elements. -#}
    select
        {{ keep | join(", ") }},
        coalesce(member_key, '') as member_key,
        case json_type(member_value)
            when 'OBJECT' then 'object' when 'ARRAY' then 'array' when 'VARCHAR' then 'string'
            when 'BOOLEAN' then 'boolean' when 'NULL' then 'null' else 'number'
        end as member_type,
        member_value
    from (
        select
            {{ keep | join(", ") }},
            unnest(json_keys(json_value)) as member_key,
            unnest(json_extract(json_value, '$.*') || json_extract(json_value, '$[*]')) as member_value
        from {{ relation }}
        where json_value is not null
    ) as members
{%- endmacro %}
