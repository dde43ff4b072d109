"""What dbt makes in each process before it does anything, made once for all that are forked."""

import dbt.task.build  # noqa: F401 - dbt imports it when it builds
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.contracts.project import Configuration, PackageConfig, Project, ProjectFlags
from dbt.contracts.selection import SelectorFile

# The schemas of its own files: a fifth of a small build.
for _class in (
    *(Configuration, DuckDBCredentials, PackageConfig),
    *(Project, ProjectFlags, SelectorFile),
):
    _class.json_schema()
