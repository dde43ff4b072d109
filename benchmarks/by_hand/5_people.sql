-- Who is who: documents that share an id are of one person, unless too many share it.
create temp table clients as
with parsed as (
    select
        message_id,
        published_at,
        from_json(
            case when starts_with(data, '{') and json_valid(data) then data end,
            '{
                "id": "VARCHAR", "userId": "VARCHAR", "document": "VARCHAR", "email": "VARCHAR", "phone": "VARCHAR",
                "homePhone": "VARCHAR", "isCorporate": "BOOLEAN", "isNewsletterOptIn": "BOOLEAN",
                "createdIn": "VARCHAR", "updatedIn": "VARCHAR"
            }'
        ) as client
    from documents_of('vtex_clients')
),

dated as (
    select *, coalesce(utc(client.updatedIn), utc(client.createdIn), published_at) as changed_at
    from parsed
    where client.id is not null
    qualify row_number() over (partition by client.id, changed_at order by published_at desc, message_id desc) = 1
)

select
    client.id as client_id,
    nullif(client.userId, '') as profile_id,
    client.document,
    client.email,
    coalesce(client.phone, client.homePhone) as phone,
    client.isCorporate as is_corporate,
    client.isNewsletterOptIn as accepts_messages,
    changed_at,
    row_number() over (partition by client.id order by changed_at desc) = 1 as is_current
from dated;

create temp table addresses as
with parsed as (
    select
        message_id,
        published_at,
        from_json(
            case when starts_with(data, '{') and json_valid(data) then data end,
            '{
                "id": "VARCHAR", "userId": "VARCHAR", "city": "VARCHAR", "state": "VARCHAR", "createdIn": "VARCHAR",
                "updatedIn": "VARCHAR"
            }'
        ) as address
    from documents_of('vtex_addresses')
)

select
    nullif(address.userId, '') as owner_id,
    trim(nullif(address.city, '')) as city,
    upper(trim(nullif(address.state, ''))) as state,
    coalesce(utc(address.updatedIn), utc(address.createdIn), published_at) as changed_at
from parsed
where address.id is not null
qualify row_number() over (partition by address.id, changed_at order by published_at desc, message_id desc) = 1;

create temp table order_people as
with spelt as (
    select distinct
        nullif(document.clientProfileData.userProfileId, '') as profile_id,
        document.clientProfileData.document,
        document.clientProfileData.email,
        document.clientProfileData.phone
    from orders
)

select
    *,
    document_hash(document) as document_hash,
    email_hash(email) as email_hash,
    phone_hash(phone) as phone_hash
from spelt;

create temp table links as
with mentions as (
    select profile_id, null as client_id, null as owner_id, null as till_customer_id, document_hash, email_hash, phone_hash
    from order_people
    union
    select profile_id, client_id, null, null, document_hash(document), email_hash(email), phone_hash(phone)
    from clients
    where is_current
    union
    select null, null, owner_id, null, null, null, null from addresses
    union
    select null, null, owner_id, null, document_hash, email_hash, phone_hash from users
    union
    (
        select null, null, null, till_customer_id, document_hash, null, phone_hash
        from till_customers
        qualify row_number() over (partition by till_customer_id order by changed_at desc) = 1
    )
    union
    select null, null, null, till_customer_id, document_hash, null, null from receipts
    where till_customer_id is not null or document_hash is not null
    union
    select null, null, null, unnest(members), null, null, null from campaigns
    union
    select null, null, null, till_customer_id, null, null, null from redemptions
)

select row_number() over () as link, * from mentions;

create temp table mentions as
select link, identifier, rank, document_hash, profile_id, till_customer_id
from (
    select
        *,
        unnest([
            {rank: 1, identifier: profile_id},
            {rank: 2, identifier: client_id},
            {rank: 3, identifier: owner_id},
            {rank: 4, identifier: 'till-' || till_customer_id},
            {rank: 5, identifier: 'document-' || document_hash},
            {rank: 6, identifier: 'email-' || email_hash},
            {rank: 7, identifier: 'phone-' || phone_hash}
        ], recursive := true)
    from links
)
where identifier is not null;

create temp table identifiers as
with found as (
    select row_number() over () as number, identifier, min(rank) as rank, count(*) as mention_count
    from mentions
    group by identifier
),

-- What few documents mention, few people share.
often as (
    select
        found.number,
        case found.rank
            when 5 then greatest(count(distinct profile_id), count(distinct till_customer_id))
            else count(distinct document_hash)
        end > 5 as is_shared
    from found
    inner join mentions using (identifier)
    where found.mention_count > 5
    group by found.number, found.rank
)

select found.number, found.identifier, found.rank, coalesce(often.is_shared, false) as is_shared
from found
left join often using (number);

create temp table edges as
select distinct mentions.link, identifiers.number as member, identifiers.rank, identifiers.is_shared
from mentions
inner join identifiers using (identifier);

create temp table firm_edges as select link, member from edges where rank < 7 and not is_shared;
create temp table firm_groups as from components('firm_edges');
create temp table documented as
select distinct firm_groups.label
from firm_groups inner join identifiers on firm_groups.member = identifiers.number
where identifiers.rank = 5;

-- A phone joins groups, but never two that have documents.
create temp table phone_groups as
with met as (
    select firm_edges.link, firm_groups.label, documented.label is not null as has_document
    from firm_edges
    inner join firm_groups using (member)
    left join documented using (label)
)

select distinct edges.member as phone, edges.is_shared, met.label, coalesce(met.has_document, false) as has_document
from edges
left join met using (link)
where edges.rank = 7;
create temp table phone_edges as
with personal as (
    select phone
    from phone_groups
    group by phone
    having not bool_or(is_shared) and count(label) <= 5 and count(*) filter (has_document) <= 1
)

select phone as link, unnest([phone, label]) as member
from phone_groups
inner join personal using (phone)
where label is not null
union all
select phone, phone from personal;
create temp table phone_people as
with joined as (from components('phone_edges'))

select joined.*
from joined
left join documented on joined.member = documented.label
qualify count(documented.label) over (partition by joined.label) <= 1;

create temp table identities as
with people as (
    select
        identifiers.*,
        coalesce(phone_people.label, firm_groups.label, identifiers.number) as person,
        phone_people.label is not null as is_joined
    from identifiers
    left join firm_groups on identifiers.number = firm_groups.member
    left join phone_people on coalesce(firm_groups.label, identifiers.number) = phone_people.member
),

named as (
    select person, substr(min(rank || identifier), 2) as customer_id from people group by person
)

select
    people.identifier,
    named.customer_id,
    people.rank,
    case people.rank when 7 then not people.is_joined else people.is_shared end as is_shared
from people
inner join named using (person);

create temp table known_identities as select identifier, customer_id from identities where not is_shared;

create temp table order_customers as
select
    people.*,
    coalesce(
        profiles.customer_id, documents.customer_id, emails.customer_id, phones.customer_id, shared.customer_id
    ) as customer_id
from order_people as people
left join known_identities as profiles on people.profile_id = profiles.identifier
left join known_identities as documents on 'document-' || people.document_hash = documents.identifier
left join known_identities as emails on 'email-' || people.email_hash = emails.identifier
left join known_identities as phones on 'phone-' || people.phone_hash = phones.identifier
left join identities as shared on people.profile_id = shared.identifier;

create temp table user_customers as
select
    users.user_id,
    coalesce(owners.customer_id, documents.customer_id, emails.customer_id, phones.customer_id) as customer_id
from users
left join known_identities as owners on users.owner_id = owners.identifier
left join known_identities as documents on 'document-' || users.document_hash = documents.identifier
left join known_identities as emails on 'email-' || users.email_hash = emails.identifier
left join known_identities as phones on 'phone-' || users.phone_hash = phones.identifier;

-- Whose browser it was, where nobody says who is there; a counter's tablet is nobody's.
create temp table device_customers as
with sightings as (
    select visits.session_device_id as device_id, visits.event_id, visits.occurred_at, user_customers.customer_id
    from visits
    inner join user_customers on visits.own_user_id = user_customers.user_id
    where visits.session_device_id is not null and user_customers.customer_id is not null
),

personal as (
    select device_id from sightings group by device_id having count(distinct customer_id) <= 5
),

changes as (
    select *, lag(customer_id) over (partition by device_id order by occurred_at, event_id) as previous_customer_id
    from sightings semi join personal using (device_id)
    qualify previous_customer_id is distinct from customer_id
),

dated as (
    select
        device_id,
        customer_id,
        case when previous_customer_id is null then least(occurred_at, beginning()) else occurred_at end as valid_from,
        lead(occurred_at) over (partition by device_id order by occurred_at, event_id) as valid_to
    from changes
)

select * from dated where valid_to is null or valid_from < valid_to;

-- The versions of those who order: what their forms and addresses say, each until something else is said.
create temp table customer_versions as
with buyers as (
    select distinct customer_id from order_customers where customer_id is not null
),

documents as (
    select
        clients.client_id as document_id,
        coalesce(profiles.customer_id, client_ids.customer_id) as customer_id,
        clients.changed_at,
        clients.accepts_messages,
        clients.is_corporate,
        null as age_range,
        null as income_range,
        null as household_size,
        null as kids_count
    from clients
    -- As its newest version's profile says.
    inner join clients as newest on clients.client_id = newest.client_id and newest.is_current
    left join known_identities as profiles on newest.profile_id = profiles.identifier
    left join identities as client_ids on clients.client_id = client_ids.identifier
    union all
    select
        'till-' || till.till_customer_id, identities.customer_id, till.changed_at, till.accepts_messages, null,
        till.age_range, till.income_range, till.household_size, till.kids_count
    from till_customers as till
    inner join identities on 'till-' || till.till_customer_id = identities.identifier
),

heard as (
    -- A document that only repeats itself says nothing new: another of the same person may have been heard since.
    select
        customer_id,
        changed_at,
        case when accepts_messages is distinct from lag(accepts_messages) over document then accepts_messages end
            as accepts_messages,
        case when is_corporate is distinct from lag(is_corporate) over document then is_corporate end as is_corporate,
        case when age_range is distinct from lag(age_range) over document then age_range end as age_range,
        case when income_range is distinct from lag(income_range) over document then income_range end as income_range,
        case when household_size is distinct from lag(household_size) over document then household_size end
            as household_size,
        case when kids_count is distinct from lag(kids_count) over document then kids_count end as kids_count
    from documents semi join buyers using (customer_id)
    window document as (partition by document_id order by changed_at)
),

reported as (
    select *, null as city, null as state from heard
    union all
    (
        select identities.customer_id, changed_at, null, null, null, null, null, null, coalesce(city, ''), coalesce(state, '')
        from addresses
        inner join identities on addresses.owner_id = identities.identifier
        semi join buyers on identities.customer_id = buyers.customer_id
        qualify
            row_number() over (
                partition by identities.customer_id, changed_at order by city desc nulls last, state desc nulls last
            ) = 1
    )
    union all
    select customer_id, beginning(), null, null, null, null, null, null, null, null from buyers
),

instants as (
    select
        customer_id,
        changed_at,
        -- Of two documents of one instant the one that refuses is believed.
        min(accepts_messages) as accepts_messages,
        max(is_corporate) as is_corporate,
        max(age_range) as age_range,
        max(income_range) as income_range,
        max(household_size) as household_size,
        max(kids_count) as kids_count,
        max(city) as city,
        max(state) as state
    from reported
    group by customer_id, changed_at
),

filled as (
    select
        customer_id,
        changed_at,
        [
            coalesce(last_value(accepts_messages ignore nulls) over past, first_value(accepts_messages ignore nulls) over future, false)::varchar,
            coalesce(last_value(is_corporate ignore nulls) over past, first_value(is_corporate ignore nulls) over future)::varchar,
            coalesce(last_value(age_range ignore nulls) over past, first_value(age_range ignore nulls) over future),
            coalesce(last_value(income_range ignore nulls) over past, first_value(income_range ignore nulls) over future),
            coalesce(last_value(household_size ignore nulls) over past, first_value(household_size ignore nulls) over future),
            coalesce(last_value(kids_count ignore nulls) over past, first_value(kids_count ignore nulls) over future),
            coalesce(last_value(city ignore nulls) over past, first_value(city ignore nulls) over future),
            coalesce(last_value(state ignore nulls) over past, first_value(state ignore nulls) over future)
        ] as attributes
    from instants
    window
        past as (partition by customer_id order by changed_at rows between unbounded preceding and current row),
        future as (partition by customer_id order by changed_at rows between current row and unbounded following)
),

changes as (
    select customer_id, changed_at as valid_from
    from filled
    qualify
        attributes is distinct from lag(attributes) over (partition by customer_id order by changed_at)
)

select
    customer_id,
    md5(part(customer_id) || moment(valid_from)) as customer_key,
    valid_from,
    coalesce(lead(valid_from) over (partition by customer_id order by valid_from), timestamp '9999-12-31') as valid_to
from changes;
