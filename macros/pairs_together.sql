{% macro pairs_together(members, kind) -%}
    {#- How much more often two SKUs meet in a group (a basket, a visit) than by chance. `members` has group_id and sku_id,
        each pair once. A group is a weaker hint the more SKUs it has, and at most similar_group_skus of it are paired, its
        most frequent first, so that cost stays bounded. Whole numbers (millionths) add up to the same in any order.
        Gives {kind}_scored: sku_id, similar_sku_id, score, together_count. -#}
    {{ kind }}_skus as (

        select
            sku_id,
            row_number() over (order by sku_id) as sku_number,
            count(*) as group_count
        from {{ members }}
        group by sku_id
        having count(*) >= {{ var("similar_min_support") }}

    ),

    {{ kind }}_chosen as (

        select
            members.group_id,
            skus.sku_number
        from {{ members }} as members
        inner join {{ kind }}_skus as skus on members.sku_id = skus.sku_id
        qualify
            row_number() over (partition by members.group_id order by skus.group_count desc, skus.sku_number)
            <= {{ var("similar_group_skus") }}

    ),

    {{ kind }}_sized as (

        select
            group_id,
            sku_number,
            count(*) over (partition by group_id) as sku_count
        from {{ kind }}_chosen

    ),

    {{ kind }}_groups as {{ materialised() }}(

        select
            group_id,
            sku_number,
            cast(round(1000000 / sqrt(sku_count - 1)) as {{ dbt.type_bigint() }}) as group_weight
        from {{ kind }}_sized
        where sku_count > 1

    ),

    {{ kind }}_figures as (

        select
            sku_number,
            count(*) as group_count,
            sum(group_weight) as group_weight
        from {{ kind }}_groups
        group by sku_number

    ),

    {{ kind }}_total as (

        select count(distinct group_id) as group_count from {{ kind }}_groups

    ),

    {{ kind }}_pairs as {{ materialised() }}(

        select
            one.sku_number,
            other.sku_number as other_number,
            count(*) as together_count,
            sum(one.group_weight) as together_weight
        from {{ kind }}_groups as one
        inner join {{ kind }}_groups as other on one.group_id = other.group_id and one.sku_number < other.sku_number
        group by one.sku_number, other.sku_number
        having count(*) >= {{ var("similar_min_support") }}

    ),

    {{ kind }}_directed as (

        select
            sku_number,
            other_number,
            together_count,
            together_weight
        from {{ kind }}_pairs
        union all
        select
            other_number as sku_number,
            sku_number as other_number,
            together_count,
            together_weight
        from {{ kind }}_pairs

    ),

    {{ kind }}_scored as (

        -- A SKU of few groups proves little: five are added, and the power lets the rarer one say more than the common one.
        select
            skus.sku_id,
            similar_skus.sku_id as similar_sku_id,
            directed.together_count,
            (
                directed.together_weight - figures.group_count * similar_figures.group_weight / total.group_count
            ) / 1000000 / power(figures.group_count + 5, 0.8) as score
        from {{ kind }}_directed as directed
        inner join {{ kind }}_figures as figures on directed.sku_number = figures.sku_number
        inner join {{ kind }}_figures as similar_figures on directed.other_number = similar_figures.sku_number
        inner join {{ kind }}_skus as skus on directed.sku_number = skus.sku_number
        inner join {{ kind }}_skus as similar_skus on directed.other_number = similar_skus.sku_number
        cross join {{ kind }}_total as total

    ),
{%- endmacro %}
