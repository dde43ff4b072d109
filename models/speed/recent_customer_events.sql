{#- Of the newest raw, and of what the build knew of nobody: whose events they are, one session at a time. -#}
{%- set columns = [
    "event_id", "source_session_id", "activity", "cart_effect", "sku_id", "product_id", "search_term", "order_group_id",
    "order_id", "occurred_at",
] -%}
with

newest as (

    select * from {{ published(ref("newest_storefront_events")) }}

),

sessions as (

    select
        source_session_id,
        max(device_id) as device_id
    from newest
    group by source_session_id

),

logins as (

    select
        event_id,
        source_session_id,
        login_customer_id as customer_id,
        occurred_at
    from newest
    where login_customer_id is not null
    union distinct
    select
        known_logins.event_id,
        known_logins.source_session_id,
        known_logins.customer_id,
        known_logins.occurred_at
    from {{ published(ref("known_logins")) }} as known_logins
    where known_logins.source_session_id in (select sessions.source_session_id from sessions)

),

people as (

    -- Who is known of a session holds until somebody else is, and the first one from the beginning.
    select
        source_session_id,
        customer_id,
        case
            when lag(occurred_at) over (partition by source_session_id order by occurred_at, event_id) is not null
                then occurred_at
        end as valid_from,
        lead(occurred_at) over (partition by source_session_id order by occurred_at, event_id) as valid_to
    from logins
    union all
    -- Where nobody says who is there, the browser is whose it was.
    select
        sessions.source_session_id,
        known_devices.customer_id,
        cast(null as timestamp) as valid_from,
        cast(null as timestamp) as valid_to
    from sessions
    inner join {{ published(ref("known_devices")) }} as known_devices on sessions.device_id = known_devices.device_id
    left join logins on sessions.source_session_id = logins.source_session_id
    where logins.source_session_id is null

),

unidentified as (

    -- What was read before anybody knew whose it was.
    select * from {{ published(ref("fct_storefront_events")) }}
    where
        not is_bot
        and customer_id is null
        and occurred_at >= cast('{{ live_identified_since() }}' as timestamp)

),

candidates as (

    select
        {{ columns | join(",\n        ") }},
        cast(null as {{ dbt.type_string() }}) as session_id
    from newest
    union all
    select
        {{ columns | join(",\n        ") }},
        session_id
    from unidentified

),

events as (

    select
        {% for column in columns + ["session_id"] %}candidates.{{ column }},
        {% endfor -%}
        people.customer_id
    from candidates
    inner join people
        on
            candidates.source_session_id = people.source_session_id
            and (people.valid_from is null or candidates.occurred_at >= people.valid_from)
            and (people.valid_to is null or candidates.occurred_at < people.valid_to)

),

once as (

    select * from events
    qualify
        row_number() over (
            partition by source_session_id, customer_id, event_id
            order by occurred_at desc, session_id asc nulls last
        ) = 1

)

select * from once
