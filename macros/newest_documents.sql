{% macro newest_documents(staging, key, changed_at, columns) -%}
    {#- A document of which only the newest counts, by its own change time. Each run folds the new messages into what is
        known; the newest of the two is the newest of all, so any order of arrival gives the same row, and no history is
        read again. -#}
    {%- set unseen = "rejection_reason is null and " ~ not_seen() -%}
    new_versions as (

        select
            {{ columns | join(",\n            ") }},
            staged_at as version_staged_at,
            staged_at
        from {{ staging }}
        where {{ unseen }}

    ),

    {% if is_incremental() %}
    known as (

        select * from {{ this }}
        where
            {{ key }} in (select {{ key }} from new_versions)
            and {{ within(
                "staged_at", "day",
                "select staged_at from " ~ this ~ " where " ~ key ~ " in (select " ~ key ~ " from " ~ staging ~ " where " ~ unseen ~ ")"
            ) }}

    ),
    {% endif %}

    versions as (

        select * from new_versions
        {%- if is_incremental() %}
        union all
        select * from known
        {%- endif %}

    ),

    newest as (

        select
            {{ columns | join(",\n            ") }},
            version_staged_at,
            max(staged_at) over (partition by {{ key }}) as staged_at
        from versions
        qualify
            row_number() over (
                partition by {{ key }}
                order by {{ changed_at }} desc, published_at desc, message_id desc, version_staged_at desc
            ) = 1

    )
{%- endmacro %}
