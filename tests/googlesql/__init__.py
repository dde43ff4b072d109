"""A loopback BigQuery: the REST calls that dbt makes, answered by GoogleSQL's own analyzer.

`server` listens, `jobs` and `resources` speak BigQuery's JSON, `session` runs scripts, `statements`
executes each kind of statement, `reference` asks GoogleSQL (the reference implementation, as
WebAssembly), `store` holds datasets and tables in memory.

What passes here is valid GoogleSQL and means what GoogleSQL says. It has not run on BigQuery.
"""
