-- A shop is given more people than its clerk can contact on a day, or an order with gaps.
select
    run_date,
    store_id,
    count(*) as suggestion_count,
    max(priority) as last_priority
from {{ ref("contact_suggestions") }}
group by run_date, store_id
having count(*) > {{ var("contacts_per_store_day") }} or max(priority) <> count(*) or min(priority) <> 1
