-- What prices and stock were, and when.
create table fct_price_changes as
with fixed as (
    select
        *,
        unnest(document.fixedPrices) as price,
        generate_subscripts(document.fixedPrices, 1) as place
    from price_documents
),

points as (
    select
        sku_id,
        'base' as price_type,
        null::varchar as trade_policy_id,
        null::bigint as minimum_quantity,
        amount(document.basePrice) as price_amount,
        amount(document.listPrice) as list_price_amount,
        cost_price_amount,
        null::timestamp as begins_at,
        null::timestamp as ends_at,
        1 as series_number,
        version_number,
        valid_from,
        valid_to
    from price_documents
    union all
    select
        sku_id,
        'fixed',
        price.tradePolicyId,
        price.minQuantity,
        amount(price.value),
        amount(price.listPrice),
        cost_price_amount,
        utc(price.dateRange."from") as begins_at,
        utc(price.dateRange."to") as ends_at,
        row_number() over (
            partition by sku_id, version_number, price.tradePolicyId, price.minQuantity, begins_at, ends_at order by place
        ),
        version_number,
        valid_from,
        valid_to
    from fixed
    where amount(price.value) is not null
),

numbered as (
    select
        *,
        -- A price that a document leaves out has ended; if a later one states it again, it begins anew.
        version_number - 1 is distinct from lag(version_number) over series
        or price_amount is distinct from lag(price_amount) over series
        or list_price_amount is distinct from lag(list_price_amount) over series
        or cost_price_amount is distinct from lag(cost_price_amount) over series as is_change
    from points
    window series as (
        partition by sku_id, price_type, trade_policy_id, minimum_quantity, begins_at, ends_at, series_number
        order by version_number
    )
),

spans as (
    select
        * exclude (valid_to, is_change, version_number),
        case
            when lead(version_number) over series is null then last_valid_to
            else lead(previous_valid_to) over series
        end as valid_to,
        previous_valid_to
    from (
        select
            *,
            lag(valid_to) over series as previous_valid_to,
            last_value(valid_to) over (series rows between unbounded preceding and unbounded following) as last_valid_to
        from numbered
        window series as (
            partition by sku_id, price_type, trade_policy_id, minimum_quantity, begins_at, ends_at, series_number
            order by version_number
        )
    )
    where is_change
    window series as (
        partition by sku_id, price_type, trade_policy_id, minimum_quantity, begins_at, ends_at, series_number
        order by version_number
    )
),

compared as (
    select
        *,
        case when previous_valid_to = valid_from then lag(price_amount) over series end as previous_price_amount
    from spans
    window series as (
        partition by sku_id, price_type, trade_policy_id, minimum_quantity, begins_at, ends_at, series_number
        order by valid_from
    )
)

select
    md5(
        part(compared.sku_id) || part(price_type) || part(trade_policy_id) || part(minimum_quantity) || moment(begins_at)
        || moment(ends_at) || part(series_number)
    ) as price_series_id,
    compared.sku_id,
    versions.sku_key,
    price_type,
    trade_policy_id,
    'BRL' as currency_code,
    minimum_quantity,
    previous_price_amount,
    price_amount,
    (price_amount::decimal(38, 9) - previous_price_amount) * 100 / nullif(previous_price_amount, 0) as change_percent,
    list_price_amount,
    cost_price_amount,
    compared.valid_to is null as is_current,
    local_day(compared.valid_from) as changed_date,
    begins_at,
    ends_at,
    compared.valid_from,
    compared.valid_to
from compared
left join sku_versions as versions
    on compared.sku_id = versions.sku_id
    and compared.valid_from >= versions.valid_from
    and compared.valid_from < versions.valid_to;

create table fct_inventory_levels as
with levels as (
    select
        *,
        local_day(valid_from) as first_date,
        -- What holds when a day ends is its level.
        case
            when valid_to <= getvariable('as_of') then local_day(valid_to) - 1
            else local_day(getvariable('as_of'))
        end as last_date,
        local_day(getvariable('as_of')) - 89 as dense_from
    from stock_levels
    where valid_from <= getvariable('as_of')
),

days as (
    select
        *, unnest(generate_series(greatest(first_date, dense_from), last_date, interval 1 day))::date as inventory_date
    from levels
    union all
    -- Older days are kept where the level was stated.
    select *, first_date from levels
    where first_date < dense_from and first_date <= last_date
)

select
    days.sku_id,
    versions.sku_key,
    warehouse_id,
    total_units,
    reserved_units,
    greatest(total_units - reserved_units, 0) as available_units,
    is_unlimited,
    inventory_date
from days
left join sku_versions as versions
    on days.sku_id = versions.sku_id
    and days.inventory_date >= local_day(versions.valid_from)
    and days.inventory_date < local_day(versions.valid_to);
