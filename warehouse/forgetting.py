"""Forgetting a person: raw, the warehouse and what was exported, and the proof of it.

The order makes a kill harmless at any instant, and running it again completes it:

1. What is to be forgotten is noted in a private file beside the restricted store, until the end.
2. The suppression list: from here on nothing of the person is landed any more.
3. Raw, table by table (see `ingestion.forgetting.erasing`), while no build runs.
4. The warehouse is built anew from it, and all that was built before goes.
5. Every file is searched; if nothing is found, an audit record without personal data is written.
"""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import duckdb
import msgspec

from ingestion import contracts, journal
from ingestion.contracts import DEAD_LETTERS, Contract
from ingestion.forgetting import suppression
from ingestion.forgetting.erasing import Erasing, TableErasure
from ingestion.forgetting.identifiers import (
    Identifier,
    Key,
    Kind,
    normal_forms,
    split_customer_id,
)
from ingestion.forgetting.matching import Matcher
from ingestion.forgetting.own_ids import with_own_ids
from ingestion.forgetting.scrubbing import Scrubber
from ingestion.forgetting.searching import Search
from ingestion.raw_layer import ensure_raw
from ingestion.snapshots import local_copy
from ingestion.storage import LocalStorage, Root, Storage, open_storage
from warehouse.errors import WarehouseError, told_by_duckdb
from warehouse.lock import build_lock
from warehouse.publish import clear_workspace
from warehouse.versions import Warehouse

AUDIT = suppression.SUPPRESSED / "audit"
# Of the raw layer in a bucket; a local one is searched whole.
_FOLDERS = ["landed", "compacted", "snapshots", "journal", "staging", "suppressed"]
_TABLE = "pii.customer_identifiers"
# A lander may have taken a batch just before it knew; and may be writing it.
_LANDERS_SECONDS = suppression.REFRESH_SECONDS + 3
_LONGEST_LANDING_SECONDS = 1800
_LOCK = "lock"

# Called with what begins now.
Tell = Callable[[str], None]


class Run(msgspec.Struct):
    """What is being forgotten: kept in the private file until it is."""

    run_id: str
    started_at: datetime
    identifiers: list[Identifier]


class Proof(msgspec.Struct):
    """What was searched at the end; `found_in` has names of files, never what was found."""

    files: int = 0
    bytes: int = 0
    found_in: list[str] = []
    # identifiers too short to be searched as bytes; raw was searched for them as ids
    short_identifiers: int = 0


class Audit(msgspec.Struct):
    """The record of an erasure."""

    run_id: str
    started_at: datetime
    finished_at: datetime
    version: str
    # how many, by type
    identifiers: dict[str, int]
    # of raw tables: messages (with copies) and files that this run, or its last attempt, rewrote
    tables: dict[str, TableErasure]
    # the build that has taken the place of all others; None: there was no warehouse
    build_id: str | None
    proof: Proof


class Forgetting:
    """Forgets people in one warehouse and its raw layer."""

    def __init__(self, warehouse: Warehouse, raw_root: Root, others: list[Path]) -> None:
        """Search `others`, files and folders, too."""
        self._warehouse = warehouse
        self._root = raw_root
        self._storage = open_storage(raw_root)
        self._others = others

    def identifiers_of(self, customer_id: str) -> list[Identifier]:
        """Look a customer of the published build up; raises WarehouseError if there is no such."""
        build_id = self._warehouse.published()
        if build_id is None:
            raise WarehouseError("nothing is published yet; use --identifier-file.")
        try:
            with duckdb.connect(
                self._warehouse.pii_version(build_id), read_only=True
            ) as connection:
                # What is shared tells of others, too: a placeholder, or a household's phone.
                rows = connection.execute(
                    "select distinct identifier_type, identifier_value, is_shared"  # noqa: S608 (ours)
                    f" from {_TABLE} where customer_id = ? order by all",
                    [customer_id],
                ).fetchall()
        except duckdb.CatalogException as error:
            raise WarehouseError(
                f"the published build has no table {_TABLE}: run `vitrine build` first, or use "
                "--identifier-file."
            ) from error
        except (OSError, duckdb.Error) as error:
            raise WarehouseError(told_by_duckdb(error)) from error
        if not rows:
            raise WarehouseError(
                "the published build has no such customer; check the id, or use --identifier-file."
            )
        # The id itself: tables that outlive rebuilds name the customer by it.
        found = [Identifier(type_, value) for type_, value, is_shared in rows if not is_shared]
        is_of_till, name = split_customer_id(customer_id)
        own = Identifier("till_customer_id" if is_of_till else "profile_id", name)
        return [*dict.fromkeys([own, *found])]

    def with_own_ids(self, given: list[Identifier]) -> list[Identifier]:
        """Add the ids that raw has for who is known by e-mail, document or phone."""
        return with_own_ids(self._storage, contracts.load(), Key(os.urandom(32)), given)

    def was_forgotten(self, customer_id: str) -> bool:
        """Tell whether a customer id is suppressed already."""
        lists = suppression.read_lists(self._storage)
        if not lists:
            return False
        matcher = Matcher(suppression.find_key(), lists)
        _, name = split_customer_id(customer_id)
        return bool(matcher.hits(name)) or matcher.may_be_short(name)

    def count(self, identifiers: list[Identifier]) -> dict[str, TableErasure]:
        """Count what forgetting them would rewrite; changes nothing."""
        erasing = Erasing(self._storage, _scrubber(Key(os.urandom(32)), identifiers))
        counted = {name: erasing.find(contract) for name, contract in _tables()}
        return {name: one for name, one in counted.items() if one.messages}

    def unfinished(self) -> Run | None:
        """Give the run that was not completed."""
        try:
            return msgspec.json.decode(self._note.read_bytes(), type=Run)
        except FileNotFoundError:
            return None

    def begin(self, identifiers: list[Identifier]) -> Run:
        """Note what is to be forgotten; whatever happens next, it can be completed."""
        now = datetime.now(UTC)
        run = Run(f"{now:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}", now, identifiers)
        self._warehouse.folder.mkdir(parents=True, exist_ok=True)
        aside = self._note.with_suffix(".new")
        aside.unlink(missing_ok=True)
        handle = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(run))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._note)
        _sync(self._warehouse.folder)
        return run

    def complete(self, run: Run, project: Path, tell: Tell) -> Audit:
        """Do all that a run has to do, or what is left of it.

        Raises WarehouseError, LandingError, OSError, duckdb.Error and pa.ArrowException; then the
        run is unfinished, and can be completed.
        """
        ensure_raw(self._root)
        key = suppression.ensure_key(self._storage)
        normals = [normal for one in run.identifiers for normal in normal_forms(one)]
        suppression.add_list(self._storage, run.run_id, key.hashes(normals))
        tell("waiting for landings that do not know of it yet")
        self._wait_for_landers()
        # All who were forgotten, so that what an earlier run has left of a message is the same.
        scrubber = Scrubber(Matcher(key, suppression.read_lists(self._storage)))
        with build_lock(self._warehouse.lock, wait=True):
            tell("rewriting raw")
            erasing = Erasing(self._storage, scrubber)
            tables = {name: erasing.erase(contract) for name, contract in _tables()}
            clear_workspace(self._warehouse.workspace)
            _remove_logs(self._warehouse)
        tell("building the warehouse anew")
        _remove_development_files(project, Search(run.identifiers))
        build_id = self._build_anew(project)
        tell("searching every file")
        proof = self._prove(run, scrubber)
        audit = Audit(
            run_id=run.run_id,
            started_at=run.started_at,
            finished_at=datetime.now(UTC),
            version=version("vitrine"),
            identifiers=_count_types(run.identifiers),
            tables={name: one for name, one in tables.items() if one.messages},
            build_id=build_id,
            proof=proof,
        )
        if not proof.found_in:
            place = AUDIT / f"{run.run_id}.json"
            suppression.put(self._storage, place, msgspec.json.encode(audit))
            self._note.unlink(missing_ok=True)
        return audit

    @property
    def _note(self) -> Path:
        link = self._warehouse.link
        return link.with_name(f".{link.stem}-forgetting.json")

    def _wait_for_landers(self) -> None:
        """Wait until whatever is landed was looked through for the list's newest names."""
        since = time.time()
        while time.time() - since < _LONGEST_LANDING_SECONDS:
            journal.recover(self._root)
            staged = [
                kept
                for kept in self._storage.find(journal.STAGING, "")
                if kept.place != journal.STAGING / _LOCK
            ]
            is_old = any(
                kept.place.suffix == ".parquet" and kept.modified_at < since + _LANDERS_SECONDS
                for kept in staged
            )
            # Somebody may land into a bucket from elsewhere, and nothing shows it.
            is_alone = isinstance(self._storage, LocalStorage) and not staged
            if is_alone or (time.time() - since > _LANDERS_SECONDS and not is_old):
                return
            time.sleep(0.2)
        raise WarehouseError("a landing does not end; run this again once it has.")

    def _build_anew(self, project: Path) -> str | None:
        """Publish a build from what raw has now, and remove all others; in a clean process."""
        if not self._warehouse.build_ids():
            return None
        arguments = ["build", "--anew", "--json", "--project-dir", str(project)]
        environment = os.environ | {
            "VITRINE_RAW": str(self._root),
            "VITRINE_WAREHOUSE": str(self._warehouse.link),
        }
        done = subprocess.run(
            [sys.executable, "-c", "from ingestion.cli import main; main()", *arguments],
            env=environment,
            cwd=Path(__file__).resolve().parent.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise WarehouseError(
                "raw is rewritten, and the warehouse could not be built anew, so what is published "
                f"is of before: {done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        return self._warehouse.published()

    def _prove(self, run: Run, scrubber: Scrubber) -> Proof:
        """Search all there is."""
        search = Search(run.identifiers)
        proof = Proof()
        with self._storage.workspace() as scratch:
            for name, path in self._files(scratch):
                try:
                    searched = search.search(path)
                except FileNotFoundError:
                    continue  # It has gone meanwhile, and what it had with it.
                proof.files += 1
                proof.bytes += searched.size_bytes
                if searched.is_found:
                    proof.found_in.append(name)
        normals = {normal for one in run.identifiers for normal in normal_forms(one)}
        proof.short_identifiers = sum(
            normal.kind in (Kind.PERSON, Kind.ADDRESS) for normal in normals
        )
        # Anew: what has landed meanwhile counts.
        erasing = Erasing(self._storage, scrubber)
        proof.found_in += [name for name, contract in _tables() if erasing.find(contract).messages]
        return proof

    def _files(self, scratch: Path) -> Iterator[tuple[str, Path]]:
        """Give every file of raw, of the warehouse and of the others, by its name."""
        if isinstance(self._storage, LocalStorage):
            roots = [self._storage.root]
        else:
            roots = []
            yield from _of_bucket(self._storage, scratch)
        link = self._warehouse.link
        if link.parent.is_dir():
            of_warehouse = [*link.parent.glob(f"{link.stem}*"), *link.parent.glob(f".{link.stem}*")]
            roots += [path for path in of_warehouse if path != self._note]
        for root in [*roots, *self._others]:
            for path in [root] if root.is_file() else sorted(root.rglob("*")):
                if path.is_file() and not path.is_symlink() and scratch not in path.parents:
                    yield str(path), path


def _scrubber(key: Key, identifiers: list[Identifier]) -> Scrubber:
    normals = [normal for one in identifiers for normal in normal_forms(one)]
    return Scrubber(Matcher(key, [key.hashes(normals)]))


def _tables() -> list[tuple[str, Contract | None]]:
    """List the contracts, None of dead letters, by name."""
    return [*contracts.load().by_name.items(), (DEAD_LETTERS, None)]


def _count_types(identifiers: list[Identifier]) -> dict[str, int]:
    types = [one.type for one in identifiers]
    return {each: types.count(each) for each in sorted(set(types))}


def _of_bucket(storage: Storage, scratch: Path) -> Iterator[tuple[str, Path]]:
    for folder in _FOLDERS:
        for kept in storage.find(PurePosixPath(folder), ""):
            path = local_copy(storage, kept.place, scratch)
            yield str(kept.place), path
            path.unlink()


def _remove_development_files(project: Path, search: Search) -> None:
    """Remove what a bare `dbt build` has made, if they are in it; it is made again."""
    for variable, default in (
        ("VITRINE_BUILD", "data/dev.duckdb"),
        ("VITRINE_BUILD_PII", "data/dev_pii.duckdb"),
    ):
        for folder in {project, Path.cwd()}:
            path = folder / os.environ.get(variable, default)
            for file in (path, path.with_name(f"{path.name}.wal")):
                if file.is_file() and search.search(file).is_found:
                    file.unlink()


def _remove_logs(warehouse: Warehouse) -> None:
    """Remove what dbt logged: a failed statement's message may have had anything in it."""
    for path in warehouse.workspace.logs.glob("*"):
        path.unlink()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
