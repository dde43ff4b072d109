-- A row means that a figure of the marts is not the source's, or that an aggregate is not its fact's.
select * from {{ ref("reconciliation") }}
where not is_ok
