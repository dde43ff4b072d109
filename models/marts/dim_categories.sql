{#- Fathers are followed over so many levels; a loop of fathers is never reached from a department. -#}
{%- set depth = 10 -%}
with

described as (

    select * from {{ ref("cleansed_category_nodes") }}
    where is_current

),

products as (

    select * from {{ ref("cleansed_products") }}
    where is_current

),

named as (

    select
        parent_category_id as category_id,
        cast(null as {{ dbt.type_string() }}) as parent_category_id
    from described
    union all
    select
        department_id as category_id,
        cast(null as {{ dbt.type_string() }}) as parent_category_id
    from products
    union all
    -- All that is known above a category that only products name is their department.
    select
        category_id,
        nullif(department_id, category_id) as parent_category_id
    from products

),

inferred as (

    select
        named.category_id,
        min(named.parent_category_id) as parent_category_id
    from named
    left join described on named.category_id = described.category_id
    where named.category_id is not null and described.category_id is null
    group by named.category_id

),

categories as (

    select
        category_id,
        coalesce(category_name, category_id) as category_name,
        parent_category_id,
        is_active,
        false as is_inferred
    from described
    union all
    select
        category_id,
        category_id as category_name,
        parent_category_id,
        cast(null as {{ dbt.type_boolean() }}) as is_active,
        true as is_inferred
    from inferred

),

level_1 as (

    select
        category_id,
        category_id as department_id,
        category_name as department_name,
        category_name as category_path,
        1 as level
    from categories
    where parent_category_id is null

),

{% for level in range(2, depth + 1) %}
level_{{ level }} as (

    select
        categories.category_id,
        parents.department_id,
        parents.department_name,
        parents.category_path || ' > ' || categories.category_name as category_path,
        {{ level }} as level
    from categories
    inner join level_{{ level - 1 }} as parents on categories.parent_category_id = parents.category_id

),
{% endfor %}

placed as (

    {% for level in range(1, depth + 1) %}
    select * from level_{{ level }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

final as (

    select
        cast(categories.category_id as {{ dbt.type_string() }}) as category_id,
        cast(categories.category_name as {{ dbt.type_string() }}) as category_name,
        cast(categories.parent_category_id as {{ dbt.type_string() }}) as parent_category_id,
        cast(placed.department_id as {{ dbt.type_string() }}) as department_id,
        cast(placed.department_name as {{ dbt.type_string() }}) as department_name,
        cast(coalesce(placed.category_path, categories.category_name) as {{ dbt.type_string() }}) as category_path,
        cast(placed.level as {{ dbt.type_bigint() }}) as level,
        coalesce(categories.is_active, true) as is_active,
        categories.is_inferred
    from categories
    left join placed on categories.category_id = placed.category_id

)

select * from final
