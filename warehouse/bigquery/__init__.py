"""Build, audit, publish and show the warehouse on BigQuery.

dbt builds into datasets of its own, `<VITRINE_BIGQUERY_DATASET>_<layer>`; what the audit lets pass
is cloned into `<VITRINE_BIGQUERY_PUBLISHED>_<layer>`, which readers see.
"""
