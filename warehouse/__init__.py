"""Build, audit, publish and show the warehouse: what stands around dbt."""
