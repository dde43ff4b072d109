{#- A field that was made known since it was found is no news any more. -#}
with

fields as (

    select * from {{ ref("source_fields") }}
    where json_path <> ''

),

known_fields as (

    select * from {{ ref("known_fields") }}

),

unknown_fields as (

    select * from fields
    where
        not exists (
            select 1
            from known_fields
            where
                fields.contract = known_fields.contract
                and (
                    (
                        fields.json_path = known_fields.json_path
                        and (known_fields.json_type in (fields.json_type, 'any') or fields.json_type = 'null')
                    )
                    or (
                        known_fields.json_type = 'any'
                        and (
                            starts_with(fields.json_path, known_fields.json_path || '.')
                            or starts_with(fields.json_path, known_fields.json_path || '[')
                        )
                    )
                )
        )

),

known_paths as (

    select distinct
        contract,
        json_path
    from known_fields

),

final as (

    select
        unknown_fields.contract,
        unknown_fields.json_path,
        unknown_fields.json_type,
        cast(count(distinct unknown_fields.message_id) as {{ dbt.type_bigint() }}) as message_count,
        max(known_paths.json_path) is null as is_new_field,
        min(unknown_fields.landed_at) as first_seen_at,
        max(unknown_fields.landed_at) as last_seen_at
    from unknown_fields
    left join known_paths
        on
            unknown_fields.contract = known_paths.contract
            and unknown_fields.json_path = known_paths.json_path
    group by unknown_fields.contract, unknown_fields.json_path, unknown_fields.json_type

)

select * from final
