{% macro document_versions(staging, key, changed_at) -%}
    {#- The history of a document: its messages in the order of its own change time, one row for each run of the
        same content. Only documents that something new was said of are read again, each from its beginning. -#}
    documents as (
        select
            *,
            max(staged_at) over (partition by {{ key }}) as last_staged_at
        from {{ staging }}
        where
            rejection_reason is null
            and {{ key }} in (select {{ key }} from {{ staging }} where rejection_reason is null and {{ not_seen() }})
        qualify row_number() over (partition by {{ key }}, {{ changed_at }} order by published_at desc, message_id desc) = 1
    ),

    changes as (
        select
            *,
            case
                when content_hash = lag(content_hash) over (partition by {{ key }} order by {{ changed_at }}) then 0
                else 1
            end as is_change
        from documents
    ),

    numbered as (
        select *, sum(is_change) over (partition by {{ key }} order by {{ changed_at }}) as version_number
        from changes
    ),

    versions as (
        select *, min({{ changed_at }}) over (partition by {{ key }}, version_number) as valid_from
        from numbered
        qualify row_number() over (partition by {{ key }}, version_number order by {{ changed_at }} desc) = 1
    ),

    dated as (
        select *, lead(valid_from) over (partition by {{ key }} order by valid_from) as valid_to
        from versions
    ),
{%- endmacro %}
