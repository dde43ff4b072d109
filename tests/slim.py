"""`make slim`: build what a branch changed, and what hangs on it, over the published build.

It is dbt's `state:modified+` with `--defer`; all else is read from what is published. For DuckDB
three things are added: the manifest of main is parsed from its commit, what it calls its databases
becomes what the published files are attached as (read-only, profiles.yml), and the key of keyed
hashes is theirs, or nothing that is built here would join what is read there.
"""

import argparse
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import click
import duckdb

from ingestion import settings
from warehouse.errors import WarehouseError
from warehouse.publish import private_files
from warehouse.record import BuildRecord, read_record
from warehouse.seen import Seen, attach_staged
from warehouse.versions import Warehouse

_DBT = Path(sys.executable).with_name("dbt")
# The databases of a slim build, and what those of the published one are attached as.
_ATTACHED = {"slim": "published", "vitrine_pii": "published_pii"}
_KEY = "pii.hash_keys"


def main() -> int:
    """Build it; gives dbt's exit code, 1 if something is missing."""
    parser = argparse.ArgumentParser(prog="make slim", description=__doc__)
    parser.add_argument("--base", default="origin/main", help="what the branch is compared with")
    parser.add_argument("--project-dir", type=Path, default=Path(__file__).parents[1])
    given = parser.parse_args()
    try:
        return slim(given.project_dir.resolve(), given.base)
    except click.ClickException as error:
        error.show()
        return error.exit_code


def slim(project: Path, base: str) -> int:
    """Build into `target/slim`; gives dbt's exit code.

    Raises WarehouseError if nothing is published, or there is no such commit.
    """
    commit = _git(project, "merge-base", base, "HEAD").decode().strip()
    warehouse = Warehouse(settings.warehouse_path())
    main_file = warehouse.published_file()
    restricted = warehouse.pii_version(warehouse.published() or "")
    folder = project / "target" / "slim"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    own = folder / "slim_pii.duckdb"
    environment = os.environ | {
        "VITRINE_BUILD": str(folder / "slim.duckdb"),
        "VITRINE_BUILD_PII": str(own),
        "VITRINE_PUBLISHED": str(main_file),
        "VITRINE_PUBLISHED_PII": str(restricted),
    }
    _write_state(project, commit, folder, environment)
    variables = _as_published(main_file, restricted, own)
    print(f"What changed since {commit[:12]}, over {main_file}:", flush=True)
    return _dbt(
        "build",
        *("--select", "state:modified+", "--defer", "--favor-state", "--state", folder / "state"),
        *("--vars", json.dumps(variables), "--target-path", folder / "target"),
        *_places(project, project, folder),
        environment=environment,
    )


def _write_state(project: Path, commit: str, folder: Path, environment: dict[str, str]) -> None:
    """Leave main's manifest in `state`, with the relations that are attached."""
    base, state = folder / "base", folder / "state"
    with tarfile.open(fileobj=io.BytesIO(_git(project, "archive", commit))) as archive:
        archive.extractall(base, filter="tar")
    places = _places(base, project, folder)
    if _dbt("parse", "--quiet", "--target-path", state, *places, environment=environment):
        raise WarehouseError(f"{commit} cannot be parsed, as dbt says above.")
    path = state / "manifest.json"
    manifest = json.loads(path.read_bytes())
    for node in manifest["nodes"].values():
        attached = _ATTACHED.get(node.get("database"))
        if attached and node.get("relation_name"):
            node["relation_name"] = node["relation_name"].replace(
                f'"{node["database"]}"', f'"{attached}"', 1
            )
            node["database"] = attached
    path.write_text(json.dumps(manifest))


def _as_published(main_file: Path, restricted: Path, own: Path) -> dict[str, str]:
    """Take over the key of the published build; gives its `as_of`, and what of raw it has seen."""
    with private_files(), duckdb.connect(own) as connection:
        connection.execute("set timezone = 'UTC'")
        record = _record(main_file)
        staged = attach_staged(connection, Seen(record.started_at, restricted, {}))
        has_key = "select 1 from duckdb_tables() where database_name = 'build' and table_name = ?"
        if connection.execute(has_key, ["hash_keys"]).fetchone():
            connection.execute("create schema pii")
            connection.execute(f"create table {_KEY} as from build.{_KEY}")
        newest = [
            connection.execute(f"select max(landed_at) from {table}").fetchall()[0][0]
            for table in sorted(set(staged.values()))
        ]
    found = {"as_of": record.as_of, "landed_by": max(filter(None, newest), default=None)}
    return {name: f"{at:%Y-%m-%d %H:%M:%S.%f}" for name, at in found.items() if at}


def _record(main_file: Path) -> BuildRecord:
    with duckdb.connect(main_file, read_only=True) as connection:
        return read_record(connection)


def _places(project: Path, profiles: Path, folder: Path) -> list[str | Path]:
    return [
        *("--project-dir", project, "--profiles-dir", profiles, "--target", "slim"),
        *("--log-path", folder / "logs", "--no-send-anonymous-usage-stats"),
    ]


def _dbt(*words: str | Path, environment: dict[str, str]) -> int:
    return subprocess.run([_DBT, *words], env=environment, check=False).returncode


def _git(project: Path, *words: str) -> bytes:
    words = ("git", *words)
    done = subprocess.run(words, cwd=project, capture_output=True, check=False)
    if done.returncode:
        raise WarehouseError(
            f"git {words[1]}: {done.stderr.decode().strip() or 'no common commit'}. Name the commit"
            " that main is at: make slim BASE=main."
        )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
