-- Each event once, with what its page and its browser say; both say the same again and again, so each spelling is read once.
create temp table parsed_events as
select
    message_id,
    published_at,
    coalesce(nullif(attributes ->> '$.event_id', ''), md5(data)) as event_id,
    try(from_json(
        case when starts_with(data, '{') then data end,
        '{
            "event": "VARCHAR", "name": "VARCHAR", "type": "VARCHAR", "eventType": "VARCHAR", "session": "JSON",
            "sessionId": "JSON", "timestamp": "VARCHAR", "anonymous": "VARCHAR", "agent": "VARCHAR",
            "userAgent": "VARCHAR", "pageUrl": "VARCHAR", "url": "VARCHAR", "referrer": "VARCHAR",
            "product": {
                "productId": "VARCHAR", "selectedSku": {"itemId": "VARCHAR"}, "sku": {"itemId": "VARCHAR"}
            },
            "search": {"term": "VARCHAR", "results": "BIGINT"}, "text": "VARCHAR", "match": "BIGINT",
            "orderGroup": "VARCHAR", "ordersInOrderGroup": ["VARCHAR"], "transactionTotal": "VARCHAR",
            "currency": "VARCHAR", "id": "VARCHAR", "email": "VARCHAR", "document": "VARCHAR", "phone": "VARCHAR",
            "items": [{
                "skuId": "VARCHAR", "productId": "VARCHAR", "quantity": "VARCHAR", "price": "VARCHAR",
                "priceIsInt": "BOOLEAN"
            }],
            "transactionProducts": [{
                "sku": "VARCHAR", "id": "VARCHAR", "quantity": "VARCHAR", "price": "VARCHAR"
            }],
            "params": {
                "page_location": "VARCHAR", "search_term": "VARCHAR", "transaction_id": "VARCHAR", "value": "VARCHAR",
                "currency": "VARCHAR",
                "items": [{
                    "item_variant": "VARCHAR", "item_id": "VARCHAR", "quantity": "VARCHAR", "price": "VARCHAR"
                }]
            }
        }'
    )) as document,
    -- A click on what a search found names the product alone.
    case when contains(left(data, 24), 'search.click') then data ->> '$.product' end as clicked_product_id
from documents_of('storefront_events');

create temp table events as
with typed as (
    select
        *,
        regexp_replace(coalesce(document.event, document.type, document.name), '^vtex:', '') as event_type,
        coalesce(document.session, document.sessionId) ->> '$' as source_session_id,
        utc(document.timestamp) as occurred_at
    from parsed_events
)

select
    message_id,
    published_at,
    event_id,
    event_type,
    source_session_id,
    occurred_at,
    document,
    clicked_product_id,
    coalesce(document.pageUrl, document.url, document.params.page_location) as page_url,
    coalesce(document.userAgent, document.agent) as agent
from typed
where
    event_type is not null
    and json_type(coalesce(document.sessionId, document.session)) = 'VARCHAR'
    and source_session_id <> ''
    and occurred_at is not null
    -- In whatever is no product, nothing of one is found.
    and (
        event_type <> 'productView'
        or coalesce(document.product.productId, document.product.selectedSku.itemId) is not null
    );
drop table parsed_events;

create temp table told_again as select event_id from events group by event_id having count(*) > 1;
delete from events
where rowid in (
    select rowid
    from events
    where event_id in (from told_again)
    qualify row_number() over (partition by event_id order by occurred_at desc, published_at desc, message_id desc) > 1
);

create temp table pages as
with urls as (select distinct page_url from events),

named as (
    select
        page_url,
        coalesce(nullif(regexp_extract(page_url, '^(?:[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)?([^?#]*)', 1), ''), '/') as path,
        nullif(regexp_extract(page_url, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:@]+)', 1), '') as page_host,
        nullif(regexp_extract(page_url, '[?&]utm_source=([^&?#]*)', 1), '') as source,
        nullif(regexp_extract(page_url, '[?&]utm_medium=([^&?#]*)', 1), '') as medium,
        nullif(regexp_extract(page_url, '[?&]utm_campaign=([^&?#]*)', 1), '') as campaign
    from urls
    where page_url is not null
)

select
    page_url,
    page_host,
    case when is_of_nobody(path) then path end as page_path,
    case when is_of_nobody(source) then source end as utm_source,
    case when is_of_nobody(medium) then medium end as utm_medium,
    case when is_of_nobody(campaign) then campaign end as utm_campaign
from named;

create temp table agents as
select
    agent,
    case
        when regexp_matches(lower(agent), 'ipad|tablet|kindle|silk/|playbook') then 'tablet'
        when regexp_matches(lower(agent), 'mobi|iphone|ipod|opera mini|iemobile') then 'mobile'
        when regexp_matches(lower(agent), 'android') then 'tablet'
        when regexp_matches(lower(agent), 'windows nt|macintosh|x11|linux|cros') then 'desktop'
        else 'other'
    end as device_type,
    regexp_matches(
        lower(agent),
        '(?:^|[^u])bots?(?:[^a-z]|$)|crawl|spider|slurp|headless|phantomjs|lighthouse|preview|facebookexternalhit|pingdom'
        || '|uptime|gtmetrix|^curl/|^wget/|python-|^java/|go-http-client'
    ) as is_bot
from (select distinct agent from events where agent is not null);

create temp table event_users as
with users as (
    select distinct document.id as owner_id, document.document, document.email, document.phone
    from events
    where event_type = 'userData' and coalesce(document.id, document.document, document.email, document.phone) is not null
)

select
    row_number() over () as user_number,
    *,
    document_hash(document) as document_hash,
    email_hash(email) as email_hash,
    phone_hash(phone) as phone_hash
from users;

-- The same people, however they are spelt.
create temp table users as
select
    row_number() over (order by key) as user_id,
    *
from (
    select
        part(owner_id) || part(document_hash) || part(email_hash) || part(phone_hash) as key,
        owner_id, document_hash, email_hash, phone_hash, list(user_number) as user_numbers
    from event_users
    where coalesce(owner_id, document_hash, email_hash, phone_hash) is not null
    group by all
);

-- Visits, in narrow columns: thirty idle minutes end one; who is known of a session holds until somebody else is.
create temp table visits as
with own_users as (
    select events.event_id, numbered.user_id
    from (select user_id, unnest(user_numbers) as user_number from users) as numbered
    inner join event_users using (user_number)
    inner join events
        on event_users.owner_id is not distinct from events.document.id
        and event_users.document is not distinct from events.document.document
        and event_users.email is not distinct from events.document.email
        and event_users.phone is not distinct from events.document.phone
    where events.event_type = 'userData'
),

seen as (
    select
        events.event_id,
        events.source_session_id,
        events.occurred_at,
        events.document.anonymous as device_id,
        own_users.user_id as own_user_id
    from events
    left join own_users using (event_id)
),

compared as (
    select
        *,
        occurred_at - lag(occurred_at) over session > interval 30 minute as is_late,
        coalesce(
            last_value(own_user_id ignore nulls) over (session rows between unbounded preceding and current row),
            first_value(own_user_id ignore nulls) over (session rows between current row and unbounded following)
        ) as user_id,
        coalesce(
            last_value(device_id ignore nulls) over (session rows between unbounded preceding and current row),
            first_value(device_id ignore nulls) over (session rows between current row and unbounded following)
        ) as session_device_id
    from seen
    window session as (partition by source_session_id order by occurred_at, own_user_id nulls last, event_id)
)

select
    event_id,
    own_user_id,
    user_id,
    session_device_id,
    occurred_at,
    source_session_id,
    max(case when coalesce(is_late, true) then occurred_at end) over (
        partition by source_session_id order by occurred_at, own_user_id nulls last, event_id
        rows between unbounded preceding and current row
    ) as started_at
from compared;

create temp table cart_lines as
with activities as (select * from read_csv(getvariable('seeds') || '/storefront_activities.csv')),

carts as (
    select
        events.event_id,
        activities.activity,
        activities.cart_effect,
        coalesce(events.document.currency, events.document.params.currency) as currency_code,
        coalesce(
            [
                {sku_id: l.skuId, product_id: l.productId, quantity: l.quantity, price: l.price, is_cents: l.priceIsInt}
                for l in events.document.items
            ],
            [
                {sku_id: l.sku, product_id: l.id, quantity: l.quantity, price: l.price, is_cents: null::boolean}
                for l in events.document.transactionProducts
            ],
            [
                {
                    sku_id: l.item_variant, product_id: l.item_id, quantity: l.quantity, price: l.price,
                    is_cents: null::boolean
                }
                for l in events.document.params.items
            ]
        ) as lines
    from events
    inner join activities
        on case events.event_type when 'pageInfo' then events.document.eventType else events.event_type end
        = activities.event_type
    where activities.cart_effect is not null
),

lines as (
    select * exclude (lines), unnest(lines) as line, generate_subscripts(lines, 1) as line_number
    from carts
)

select
    event_id,
    line_number,
    line.sku_id,
    line.product_id,
    coalesce(currency_code, 'BRL') as currency_code,
    case cart_effect when 'remove' then -1 else 1 end * coalesce(try_cast(line.quantity as decimal(15, 9)), 1) as unit_count,
    -- Which prices are in cents is said, but for a viewed cart, whose prices are the checkout's.
    amount(line.price) * case when coalesce(line.is_cents, activity = 'viewCart') then 0.01 else 1 end
        as unit_price_amount,
    cart_effect = 'whole' as is_whole_cart
from lines;
