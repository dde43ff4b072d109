-- A row means that a figure of the marts is not the source's, or that an aggregate is not its fact's.
select
    check_name,
    expected,
    actual,
    difference
from {{ ref("reconciliation") }}
where not is_ok
