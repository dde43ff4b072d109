"""A loopback BigQuery: the REST calls that dbt makes, answered by GoogleSQL's own analyzer.

`server` listens and `api` answers, with `jobs` and `resources`; `session` runs scripts over
`store`, which holds datasets in memory; `changes` and `merge` are its DML. `reference` asks
GoogleSQL (`wasm`: the reference implementation, as WebAssembly) in BigQuery's `dialect`, each
subquery `once` where it is the same for every row; `rules` and `definitions` refuse what BigQuery
would; `syntax` and `scope` read parse trees; `rows` and `values` are data.

`project` runs dbt on both engines, each time in a fork (`dbt_process`); `relations`
compares what they made, `pruning` finds whole scans of tables.

What passes here is valid GoogleSQL and means what GoogleSQL says. It has not run on BigQuery.
"""
