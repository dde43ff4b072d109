-- The storefront, and whose each event and visit was.
create table fct_storefront_events as
with activities as (select * from read_csv(getvariable('seeds') || '/storefront_activities.csv')),

by_device as (
    select visits.event_id, devices.customer_id
    from visits
    inner join device_customers as devices on visits.session_device_id = devices.device_id
    where
        visits.user_id is null
        and visits.occurred_at >= devices.valid_from
        and (visits.occurred_at < devices.valid_to or devices.valid_to is null)
),

lines as (select event_id, count(*) as line_count from cart_lines group by event_id),

named as (
    select
        events.*,
        document.params.items[1] as item,
        coalesce(
            activities.activity,
            case events.event_type when 'pageInfo' then coalesce(document.eventType, events.event_type) else events.event_type end
        ) as activity,
        activities.funnel_step,
        activities.cart_effect,
        coalesce(activities.cart_effect, '') <> 'whole'
        and coalesce(activities.activity, events.event_type) <> 'productImpression' as is_of_one_product
    from events
    left join activities
        on case events.event_type when 'pageInfo' then coalesce(document.eventType, events.event_type) else events.event_type end
        = activities.event_type
)

select
    event_id,
    events.source_session_id,
    md5(part(events.source_session_id) || moment(visits.started_at)) as session_id,
    coalesce(user_customers.customer_id, by_device.customer_id) as customer_id,
    case
        when is_of_one_product
            then coalesce(
                document.product.selectedSku.itemId, document.product.sku.itemId, item.item_variant, document.items[1].skuId
            )
    end as sku_id,
    case
        when is_of_one_product
            then coalesce(document.product.productId, item.item_id, document.items[1].productId, clicked_product_id)
    end as product_id,
    coalesce(document.orderGroup, document.params.transaction_id) as order_group_id,
    document.ordersInOrderGroup[1] as order_id,
    event_type,
    activity,
    funnel_step,
    cart_effect,
    case when is_of_nobody(trim(term)) then nullif(trim(term), '') end as search_term,
    pages.page_path,
    case
        when coalesce(referrer_host <> pages.page_host, true) then nullif(referrer_host, '')
    end as referrer_host,
    pages.utm_source,
    pages.utm_medium,
    pages.utm_campaign,
    agents.device_type,
    coalesce(document.currency, document.params.currency, 'BRL') as currency_code,
    coalesce(
        document.search.results, document.match, case when 'emptySearchView' in (event_type, document.eventType) then 0 end
    ) as result_count,
    case when cart_effect is not null then coalesce(lines.line_count, 0) end as line_count,
    case when activity = 'orderPlaced' then amount(coalesce(document.transactionTotal, document.params.value)) end
        as order_amount,
    coalesce(agents.is_bot, false) as is_bot,
    local_day(events.occurred_at) as occurred_date,
    events.occurred_at
from (
    select
        *,
        coalesce(document.search.term, document.text, document.params.search_term) as term,
        case
            when document.referrer <> ''
                then regexp_extract(document.referrer, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:@]+)', 1)
        end as referrer_host
    from named
) as events
inner join visits using (event_id)
left join user_customers using (user_id)
left join by_device using (event_id)
left join lines using (event_id)
left join pages using (page_url)
left join agents using (agent);

create table fct_cart_changes as
select
    event_id,
    line_number,
    events.customer_id,
    events.session_id,
    lines.sku_id,
    lines.product_id,
    events.activity,
    lines.currency_code,
    unit_count,
    unit_price_amount,
    is_whole_cart,
    events.is_bot,
    events.occurred_date,
    events.occurred_at
from cart_lines as lines
inner join fct_storefront_events as events using (event_id);

create table fct_sessions as
with visits as (
    select
        session_id,
        any_value(source_session_id) as source_session_id,
        arg_max(customer_id, (occurred_at, event_id)) filter (customer_id is not null) as customer_id,
        -- The first campaign of a visit; where it has none, the first page that led there.
        arg_min(
            {s: utm_source, m: utm_medium, c: utm_campaign, r: referrer_host},
            (coalesce(utm_source, utm_medium, utm_campaign) is null, occurred_at, event_id)
        ) filter (coalesce(utm_source, utm_medium, utm_campaign, referrer_host) is not null) as touch,
        arg_min(page_path, (occurred_at, event_id)) filter (page_path is not null) as landing_page_path,
        max(device_type) as device_type,
        count(*) as event_count,
        count(*) filter (activity = 'productView') as view_count,
        count(*) filter (activity = 'internalSiteSearchView') as search_count,
        count(*) filter (activity = 'addToCart') as cart_count,
        coalesce(max(case funnel_step when 'view' then 1 when 'cart' then 2 when 'checkout' then 3 when 'order' then 4 end), 0)
            as last_step,
        bool_or(is_bot) as is_bot,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at
    from fct_storefront_events
    group by session_id
),

orders as (
    select
        session_id,
        string_agg(distinct order_group_id, ',' order by order_group_id) as order_group_ids,
        count(distinct coalesce(order_group_id, event_id)) as order_count
    from fct_storefront_events
    where activity = 'orderPlaced'
    group by session_id
)

select
    session_id,
    source_session_id,
    customer_id,
    order_group_ids,
    case
        when regexp_matches(lower(touch.m), '^(?:cpc|ppc|paid[_ -]?search|sem|shopping)$') then 'paid search'
        when regexp_matches(lower(touch.m), 'paid[_ -]?social|social[_ -]?(?:paid|ads)') then 'paid social'
        when regexp_matches(lower(touch.m), '^(?:display|banner|cpm|retargeting|remarketing|programmatic)$') then 'display'
        when regexp_matches(lower(touch.m), 'e-?mail|newsletter') then 'email'
        when regexp_matches(lower(touch.m), 'whatsapp|^sms$|^push|^rcs$') then 'messages'
        when regexp_matches(lower(touch.m), 'affiliat|afiliad|^cps$|^partner') then 'affiliates'
        when regexp_matches(lower(touch.m), 'social') then 'social'
        when regexp_matches(lower(touch.m), '^organic$') then 'organic search'
        when regexp_matches(lower(touch.m), '^referral$') then 'referral'
        when coalesce(touch.s, touch.m, touch.c) is not null then 'other campaign'
        when regexp_matches(lower(touch.r), '(?:^|[.])(?:google|bing|yahoo|duckduckgo|ecosia|yandex|baidu)[.]')
            then 'organic search'
        when
            regexp_matches(
                lower(touch.r),
                '(?:^|[.])(?:(?:facebook|instagram|tiktok|youtube|pinterest|linkedin|twitter|x)[.]com|t[.]co)$'
            )
            then 'social'
        when touch.r is not null then 'referral'
        else 'direct'
    end as channel,
    touch.s as utm_source,
    touch.m as utm_medium,
    touch.c as utm_campaign,
    touch.r as referrer_host,
    landing_page_path,
    device_type,
    event_count,
    view_count,
    search_count,
    cart_count,
    coalesce(order_count, 0) as order_count,
    last_step >= 1 as has_viewed,
    last_step >= 2 as has_carted,
    last_step >= 3 as has_begun_checkout,
    last_step >= 4 as has_ordered,
    is_bot,
    local_day(started_at) as session_date,
    started_at,
    ended_at
from visits
left join orders using (session_id);
