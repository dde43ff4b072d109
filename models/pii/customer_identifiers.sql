with

orders as (

    select
        orders.*,
        customers.customer_id
    from (
        -- An order is told many times, and seldom otherwise.
        select distinct
            order_id,
            profile_id,
            document,
            email,
            phone,
            address_id
        from {{ ref("stg_vtex__order_contacts") }}
    ) as orders
    left join {{ ref("cleansed_order_customers") }} as customers on orders.order_id = customers.order_id

),

clients as (

    select
        clients.*,
        customers.customer_id
    from {{ ref("stg_vtex__clients") }} as clients
    left join {{ ref("cleansed_client_customers") }} as customers on clients.client_id = customers.client_id

),

addresses as (

    select
        addresses.*,
        identities.customer_id
    from {{ ref("stg_vtex__addresses") }} as addresses
    left join {{ ref("cleansed_customer_identities") }} as identities on addresses.profile_id = identities.identifier_id

),

users as (

    select
        events.*,
        customers.customer_id
    from (
        select
            owner_id,
            document,
            email,
            phone,
            {{ surrogate_key(["owner_id", "document_hash", "email_hash", "phone_hash"]) }} as user_id
        from {{ ref("stg_storefront__events") }}
        where coalesce(owner_id, document, email, phone) is not null
    ) as events
    left join {{ ref("cleansed_user_customers") }} as customers on events.user_id = customers.user_id

),

registers as (

    select
        till_customers.till_customer_id,
        till_customers.cpf_hash,
        till_customers.phone,
        identities.customer_id
    from {{ ref("stg_pos__customers") }} as till_customers
    left join {{ ref("cleansed_customer_identities") }} as identities
        on 'till-' || till_customers.till_customer_id = identities.identifier_id

),

receipts as (

    select
        receipts.till_customer_id,
        receipts.cpf_hash,
        {{ till_customer_of("receipts") | indent(8) }} as customer_id
    from (
        select distinct
            till_customer_id,
            cpf_hash,
            document_hash
        from {{ ref("stg_pos__receipts") }}
        where coalesce(till_customer_id, cpf_hash) is not null
    ) as receipts
    {{ till_customer_joins("receipts") | indent(4) }}

),

campaigns as (

    select
        mentions.till_customer_id,
        identities.customer_id
    from {{ ref("cleansed_till_mentions") }} as mentions
    inner join {{ ref("cleansed_customer_identities") }} as identities
        on 'till-' || mentions.till_customer_id = identities.identifier_id

),

-- Every version of every document, rejected ones too.
seen as (
    {% for relation, columns in {
        "orders": {
            "profile_id": "profile_id", "document": "document", "email": "email", "phone": "phone", "address_id": "address_id",
        },
        "clients": {
            "profile_id": "profile_id", "client_id": "client_id", "document": "document", "email": "email", "phone": "phone",
            "cell_phone": "phone", "home_phone": "phone",
        },
        "addresses": {"profile_id": "profile_id", "address_id": "address_id"},
        "users": {"owner_id": "profile_id", "document": "document", "email": "email", "phone": "phone"},
        "registers": {"till_customer_id": "till_customer_id", "cpf_hash": "document_digest", "phone": "phone"},
        "receipts": {"till_customer_id": "till_customer_id", "cpf_hash": "document_digest"},
        "campaigns": {"till_customer_id": "till_customer_id"},
    }.items() %}
    {%- set outer = loop %}
    {%- for column, type in columns.items() %}
    select
        customer_id,
        '{{ type }}' as identifier_type,
        {{ column }} as identifier_value
    from {{ relation }}
    {%- if not (outer.last and loop.last) %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- endfor %}

),

told as (

    select distinct
        customer_id,
        identifier_type,
        identifier_value
    from seen
    where identifier_value is not null

),

spelled as (

    select
        *,
        case when identifier_type = 'document' then {{ digits("identifier_value") }} end as document_digits,
        case when identifier_type = 'document_digest' then {{ normalised_digest("identifier_value") | indent(8) }} end
            as normal_digest,
        case when identifier_type = 'email' then {{ normalised_email("identifier_value") }} end as normal_email,
        case when identifier_type = 'phone' then {{ normalised_phone("identifier_value") | indent(8) }} end
            as normal_phone
    from told

),

judged as (

    -- By itself: a deep expression is more than some parsers take.
    select
        *,
        {{ normalised_document("document_digits") }} as normal_document
    from spelled

),

named as (

    select
        *,
        case identifier_type
            when 'document' then 'document-' || {{ keyed_hash(document_digest("normal_document")) }}
            when 'document_digest' then 'document-' || {{ keyed_hash("normal_digest") }}
            when 'till_customer_id' then 'till-' || identifier_value
            when 'email' then 'email-' || {{ keyed_hash("normal_email") }}
            when 'phone' then 'phone-' || {{ keyed_hash("normal_phone") }}
            when 'address_id' then 'address-' || identifier_value
            else identifier_value
        end as identifier_id
    from judged

),

-- Whoever the document is of, and whoever the identifier is of: a rejected document may have nothing but that.
owned as (

    select
        customer_id,
        identifier_type,
        identifier_value,
        identifier_id
    from named
    union all
    select
        identities.customer_id,
        named.identifier_type,
        named.identifier_value,
        named.identifier_id
    from named
    inner join {{ ref("cleansed_customer_identities") }} as identities on named.identifier_id = identities.identifier_id
    where not identities.is_shared

),

final as (

    select distinct
        customer_id,
        identifier_type,
        identifier_value,
        identifier_id is null
        or min(customer_id) over (partition by identifier_type, identifier_id)
        <> max(customer_id) over (partition by identifier_type, identifier_id) as is_shared
    from owned
    where customer_id is not null

)

select * from final
