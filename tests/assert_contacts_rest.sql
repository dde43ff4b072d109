-- Somebody was suggested twice within the cool-down.
with

suggested as (

    select * from {{ ref("suggested_contacts") }}

)

select
    again.customer_id,
    again.run_date
from suggested as again
inner join suggested as earlier on again.customer_id = earlier.customer_id
where
    again.run_date = {{ run_date() }}
    and earlier.run_date < again.run_date
    and {{ days_between("earlier.run_date", "again.run_date") }} < {{ var("contact_cooldown_days") }}
