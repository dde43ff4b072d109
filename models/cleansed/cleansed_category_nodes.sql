{%- set fields = {
    "category_id": field("id", ["id", "Id"]),
    "category_name": field("text", ["name", "Name"]),
    "children": field("array", "children"),
    "is_active": field("boolean", ["isActive", "IsActive"]),
} -%}
{#- One document can speak of many categories and many of one, and there are few: unfolded anew. A catalogue has
    three levels or four; what is nested deeper than this below a document is not read. -#}
{%- set depth = 7 -%}
{{ config(
    materialized="table",
    partition_by=none,
    cluster_by=["category_id"],
    meta={"scans_whole": {"*": "category documents are few, and any can speak of any category"}}
) }}

with

level_0 as (

    select
        message_id,
        category_id,
        category_name,
        parent_category_id,
        children,
        is_active,
        published_at as stated_at
    from {{ ref("stg_vtex__categories") }}
    where rejection_reason is null
    qualify row_number() over (partition by message_id, category_id order by published_at) = 1

),

{% for level in range(1, depth + 1) %}
elements_{{ level }} as (

    {{ exploded(
        "level_" ~ (level - 1), "children", ["message_id", "category_id as parent_category_id", "stated_at"]
    ) | indent(4) }}

),

parsed_{{ level }} as (

    select
        *,
        {{ json_values("element", fields, is_element=true) | indent(8) }} as json_values
    from elements_{{ level }}

),

level_{{ level }} as (

    select
        message_id,
        parent_category_id,
        stated_at,
        {{ typed_fields(fields) | indent(8) }}
    from parsed_{{ level }}

),
{% endfor %}

statements as (

    {% for level in range(depth + 1) %}
    select
        {{ level }} as level,
        message_id,
        category_id,
        category_name,
        parent_category_id,
        is_active,
        stated_at
    from level_{{ level }}
    where category_id is not null
    {{ "union all" if not loop.last }}
    {% endfor %}

),

newest as (

    -- At one instant a category's own document says more of it than a tree that it stands in.
    select * from statements
    qualify
        row_number() over (
            partition by category_id, stated_at
            order by
                level asc, message_id desc, parent_category_id asc nulls first, category_name asc nulls first,
                is_active asc nulls first
        ) = 1

),

known as (

    -- A tree says nothing of what is active.
    select
        category_id,
        {{ known_value("category_name", "category_id", "stated_at") | indent(8) }} as category_name,
        parent_category_id,
        {{ known_value("is_active", "category_id", "stated_at") | indent(8) }} as is_active,
        stated_at
    from newest

),

compared as (

    select
        *,
        {{ surrogate_key(["category_name", "parent_category_id", "is_active"]) }} as attributes_hash
    from known

),

changes as (

    select
        *,
        lag(attributes_hash) over (partition by category_id order by stated_at) as previous_hash
    from compared

),

dated as (

    select
        *,
        lead(stated_at) over (partition by category_id order by stated_at) as valid_to
    from changes
    where previous_hash is null or previous_hash <> attributes_hash

),

final as (

    select
        category_id,
        category_name,
        parent_category_id,
        is_active,
        valid_to is null as is_current,
        stated_at as valid_from,
        valid_to
    from dated

)

select * from final
