-- Somebody is to be contacted who does not accept messages, as their newest answer has it.
with

people as (

    select
        'contact_suggestions' as told_by,
        customer_id
    from {{ ref("contact_suggestions") }}
    union all
    select
        'campaign_targets' as told_by,
        customer_id
    from {{ ref("campaign_targets") }}

),

consenting as (

    select * from {{ ref("dim_customers") }}
    where is_current and accepts_messages

)

select people.*
from people
left join consenting on people.customer_id = consenting.customer_id
where consenting.customer_id is null
