"""`validation.night_runs` and `night_steps`: what night runs did, for whoever reads the warehouse.

The published file cannot have it as tables: a night that failed publishes nothing, and that is the
one to ask about. So these are views of the journal's files, which lie beside the published file.
"""

import os
from pathlib import Path

# As columns of the journal's lines; times are UTC.
_COLUMNS = {
    "night_date": "date",
    "run_id": "varchar",
    "step": "varchar",
    "state": "varchar",
    "reason": "varchar",
    "message": "varchar",
    "build_id": "varchar",
    "started_at": "timestamp",
    "ended_at": "timestamp",
    "seconds": "double",
    "figures": "json",
}
# The step of the journal's lines that tell of a whole run.
RUN = "night"
# So that there is a file of lines before the first night.
_EMPTY = "1970-01-01.ndjson"


def ensure_nights(folder: Path) -> None:
    """Make the journal's folder, so that the views can be asked. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _EMPTY).touch()


def night_views(folder: Path) -> list[str]:
    """Write what makes the views of a folder's journals: one row a run, one row a step of a run."""
    files = os.path.abspath(folder / "*.ndjson").replace("'", "''")  # noqa: PTH100 (links stay)
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in _COLUMNS.items())
    lines = f"read_json('{files}', format = 'newline_delimited', columns = {{{columns}}})"
    return [
        f"create view validation.night_runs as select * exclude (step) from {lines}"  # noqa: S608 (ours)
        f" where step = '{RUN}'",
        f"create view validation.night_steps as select * from {lines} where step <> '{RUN}'",  # noqa: S608 (ours)
    ]
