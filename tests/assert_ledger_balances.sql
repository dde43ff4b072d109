-- A row means that messages of this contract, landed on this day, were lost or counted twice between layers.
select
    contract,
    landed_date,
    landed,
    duplicates,
    superseded,
    rejected,
    loaded
from {{ ref("message_ledger") }}
where landed <> duplicates + superseded + rejected + loaded or landed_date is null
