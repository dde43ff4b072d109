"""Build, audit, publish and show the warehouse: what stands around dbt.

Modules here are DuckDB's, and what both engines share (`audit`, `dbt_run`, `ledger`, `record`,
`status`, `tables`, `text`); `bigquery` has BigQuery's own.
"""
