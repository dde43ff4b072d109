{% macro document_arrays(owners, staging, key, arrays) -%}
    {#- The newest documents that something new was said in, to unfold their arrays. -#}
    owners as (
        select
            {{ key }},
            message_id,
            version_staged_at,
            staged_at
        from {{ ref(owners) }}
        where {{ not_seen() }}
    ),

    documents as (
        select
            owners.{{ key }},
            owners.message_id,
            owners.staged_at,
            staged.{{ ([arrays] if arrays is string else arrays) | join(",\n            staged.") }}
        from owners
        inner join {{ ref(staging) }} as staged
            on
                owners.message_id = staged.message_id
                and owners.version_staged_at = staged.staged_at
        -- An old message that is still the newest was unfolded when it was new; one landed twice says the same.
        where {{ not_seen("staged.staged_at") }}
        qualify row_number() over (partition by owners.{{ key }} order by owners.message_id) = 1
    ),
{%- endmacro %}
