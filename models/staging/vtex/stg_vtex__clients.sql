{#- A client document is personal data in clear. -#}
{{ config(schema="pii", tags=["pii"], cluster_by=["client_id"]) }}
{%- set fields = {
    "client_id": field("text", "id", required=true),
    "profile_id": field("text", "userId"),
    "email": field("text", "email"),
    "first_name": field("text", "firstName"),
    "last_name": field("text", "lastName"),
    "document": field("text", "document"),
    "phone": field("text", ["phone", "cellPhone", "homePhone"]),
    "cell_phone": field("text", "cellPhone"),
    "home_phone": field("text", "homePhone"),
    "is_corporate": field("boolean", "isCorporate"),
    "accepts_messages": field("boolean", "isNewsletterOptIn"),
    "created_at": field("time", "createdIn"),
    "updated_at": field("time", "updatedIn"),
} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_clients")) | indent(4) }}

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
        client_id,
        profile_id,
        email,
        first_name,
        last_name,
        document,
        phone,
        cell_phone,
        home_phone,
        is_corporate,
        accepts_messages,
        created_at,
        coalesce(updated_at, created_at, cast(publish_time as timestamp)) as changed_at,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
