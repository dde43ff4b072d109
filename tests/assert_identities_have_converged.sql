-- A row means that identifiers of one person are still two customers, as `identity_rounds` is too few for the longest
-- chain, or that something else came of a row of customer_overrides.csv.
with

personal as (

    select * from {{ ref("cleansed_customer_identities") }}
    where not is_shared and not is_apart

)

select
    links.link_id,
    min(personal.customer_id) as customer_id,
    max(personal.customer_id) as other_customer_id
from {{ ref("cleansed_identity_links") }} as links
inner join personal on links.identifier_id = personal.identifier_id
group by links.link_id
having min(personal.customer_id) <> max(personal.customer_id)
union all
select
    overrides.identifier_a as link_id,
    one_side.customer_id,
    other_side.customer_id as other_customer_id
from {{ ref("customer_overrides") }} as overrides
inner join {{ ref("cleansed_customer_identities") }} as one_side on overrides.identifier_a = one_side.identifier_id
inner join {{ ref("cleansed_customer_identities") }} as other_side on overrides.identifier_b = other_side.identifier_id
where
    (overrides.action = 'merge' and one_side.customer_id <> other_side.customer_id)
    or (overrides.action = 'split' and one_side.customer_id = other_side.customer_id)
