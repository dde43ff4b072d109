{{ config(cluster_by=["address_id"]) }}
{%- set fields = {
    "address_id": field("text", "id", required=true),
    "profile_id": field("text", "userId"),
    "address_type": field("text", "addressType"),
    "postal_code": field("text", "postalCode"),
    "city": field("text", "city"),
    "state": field("text", "state"),
    "country_code": field("text", "country"),
    "created_at": field("time", "createdIn"),
    "updated_at": field("time", "updatedIn"),
} -%}

with

messages as (

    {{ new_messages(source("raw", "vtex_addresses")) | indent(4) }}

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
        address_id,
        profile_id,
        address_type,
        -- A whole postal code can be one street; five digits are a region.
        left(postal_code, 5) as postal_code_prefix,
        trim(city) as city,
        upper(trim(state)) as state,
        country_code,
        coalesce(updated_at, created_at, cast(publish_time as timestamp)) as changed_at,
        {{ rejection_reason(fields) | indent(8) }} as rejection_reason
    from typed

)

select * from judged
