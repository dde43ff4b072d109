{% macro storefront_events(messages, activities) -%}
    {#- Reads and judges storefront events: the CTEs that end with `storefront_events`, of a relation of raw messages
        with `staged_at`. Staging and the speed layer read raw by it, so that both judge alike. -#}
    {%- set fields = storefront_fields() -%}
    {%- set host_prefix = "^(?:[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)?" -%}
    {%- set host = "^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:@]+)" -%}
    {#- VTEX tells of a page by `pageInfo` and of its kind in `eventType`. -#}
    {%- set kind -%}
    coalesce(case when named_events.event_type = 'pageInfo' then named_events.page_type end, named_events.event_type)
    {%- endset -%}
    {%- set is_of_one = "coalesce(cart_effect, '') <> 'whole' and activity <> 'productImpression'" -%}
    {%- set line_shape = {
        "skuId": none, "sku": none, "id": none, "item_variant": none, "productId": none, "item_id": none,
        "product": none, "quantity": none, "price": none, "sellingPrice": none, "priceIsInt": none,
    } -%}
    parsed_events as (

        select
            *,
            {{ json_values("data", fields) | indent(12) }} as json_values
        from {{ messages }}

    ),

    typed_events as (

        select
            *,
            {{ typed_fields(fields) | indent(12) }}
        from parsed_events

    ),

    named_events as (

        select
            *,
            {{ rewritten("coalesce(event, case when parameters is not null then parameters_name end)", "^vtex:", "") }}
                as event_type,
            lower(user_agent) as agent,
            {{ typed_json("id", json_value(fields, "product")) | indent(12) }} as named_product_id,
            {{ extracted("page_url", host_prefix ~ "([^?#]*)") }} as written_path,
            -- Few pages were found by a campaign.
            case when page_url like '%utm%' then page_url end as tagged_url,
            {{ digits("document") }} as document_digits,
            {{ normalised_email("email") }} as normal_email,
            {{ normalised_phone("phone") }} as normal_phone
        from typed_events

    ),

    known_events as (

        select
            named_events.*,
            activities.funnel_step,
            activities.cart_effect,
            -- By itself, since DuckDB evaluates what `nullif` is given twice.
            case when page_url is not null then coalesce(nullif(written_path, ''), '/') end as path,
            -- By itself: a deep expression is more than some parsers take.
            {{ normalised_document("named_events.document_digits") | indent(12) }} as normal_document,
            coalesce(activities.activity, {{ kind }}) as activity
        from named_events
        left join {{ activities }} as activities on activities.event_type = {{ kind }}

    ),

    storefront_events as (

        select
            {{ message_columns() | indent(4) }},
            coalesce({{ attribute("event_id") }}, {{ dbt.hash("data") }}) as event_id,
            event_type,
            activity,
            funnel_step,
            cart_effect,
            -- The gateway stamps a session of its own where it knows no spelling of the source's.
            coalesce(own_session, session) as source_session_id,
            device_id,
            {{ impersonal("path") }} as page_path,
            {{ extracted("page_url", host) }} as page_host,
            {{ extracted("referrer", host) }} as referrer_host,
            {%- for name in ["utm_source", "utm_medium", "utm_campaign"] %}
            {%- set in_address = extracted("tagged_url", "[?&]" ~ name ~ "=([^&?#]*)") %}
            {{ impersonal("coalesce(" ~ name ~ ", " ~ in_address ~ ")") }} as {{ name }},
            {%- endfor %}
            {{ device_type("agent") | indent(12) }} as device_type,
            case when {{ is_of_one }} then sku_id end as sku_id,
            case when {{ is_of_one }} then coalesce(product_id, named_product_id) end as product_id,
            {{ impersonal("trim(search_term)") }} as search_term,
            order_group_id,
            order_id,
            currency_code,
            case
                when cart_effect is not null then {{ json_projection("lines", line_shape) | indent(20) }}
            end as cart_lines,
            case when activity = 'userData' then user_id end as owner_id,
            case when activity = 'userData' then email end as email,
            case when activity = 'userData' then document end as document,
            case when activity = 'userData' then phone end as phone,
            case
                when activity = 'userData' then {{ keyed_hash(document_digest("normal_document")) | indent(20) }}
            end as document_hash,
            case when activity = 'userData' then {{ keyed_hash("normal_email") }} end as email_hash,
            case when activity = 'userData' then {{ keyed_hash("normal_phone") }} end as phone_hash,
            coalesce(result_count, case when 'emptySearchView' in (event_type, page_type) then 0 end) as result_count,
            case when activity = 'orderPlaced' then order_amount end as order_amount,
            {{ is_bot("agent") }} as is_bot,
            occurred_at,
            coalesce(
                case
                    when json_values is null or event_type is not null then null
                    when {{ json_value(fields, "event") }} is not null then 'wrong type of event'
                    else 'missing event'
                end,
                {{ rejection_reason(fields) | indent(16) }},
                case
                    when event_type <> 'productView' then null
                    when coalesce({{ json_value(fields, "product") }}, 'null') = 'null' then 'missing product'
                    when product is null then 'wrong type of product'
                end
            ) as rejection_reason
        from known_events

    ),
{%- endmacro %}
