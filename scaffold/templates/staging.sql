[% if has_personal %]
{#- What is personal in it is in clear. -#}
{{ config(schema="pii", tags=["pii"], cluster_by=["[[ columns[0].name ]]"]) }}
[% else %]
{{ config(cluster_by=["[[ columns[0].name ]]"]) }}
[% endif %]
{%- set fields = {
[% for field in contract.fields %]
    "[[ field.name ]]": field("[[ field.type ]]", "[[ field.path ]]"[[ ", required=true" if field.is_required ]]),
[% endfor %]
} -%}

with

messages as (

    {{ new_messages(source("raw", "[[ contract.table ]]")) | indent(4) }}

),

parsed as (

    select
        *,
        {{ json_values("data", fields) | indent(8) }} as json_values
    from messages

),

typed as (

    select
        *,
        {{ typed_fields(fields) | indent(8) }}
    from parsed

),

judged as (

    select
        {{ message_columns() }},
[% for field in columns %]
        [[ field.name ]],
[% endfor %]
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
