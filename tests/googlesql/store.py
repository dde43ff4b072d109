"""Datasets, tables and views, in memory."""

import itertools
import threading
import time
from collections import defaultdict
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as service_pb
from zetasql.wasi._pb2.zetasql.public import type_pb2 as type_pb

from tests.googlesql.reference import Rows
from tests.googlesql.syntax import Path

_generations = itertools.count(1)


class NotFoundError(Exception):
    """There is no such dataset or table."""


@dataclass
class Column:
    """A column of a table; its `properties` are as in the API: description, policyTags."""

    name: str
    type: type_pb.TypeProto
    is_required: bool = False
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass
class Table:
    """A table with its rows or, if it has a query, a view.

    `properties` is what BigQuery's API tells of a table beside its schema: description, labels,
    timePartitioning, rangePartitioning, clustering, expirationTime.
    """

    path: Path
    columns: list[Column]
    rows: list[service_pb.TableData.Row] = field(default_factory=list)
    query: str | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    grants: dict[str, set[str]] = field(default_factory=dict)
    generation: int = field(default_factory=lambda: next(_generations))

    def column(self, name: str) -> Column:
        """Find a column, in any case; raises NotFoundError."""
        for column in self.columns:
            if column.name.lower() == name.lower():
                return column
        raise NotFoundError(f"Column {name} is not present in {self.path}")


@dataclass
class Dataset:
    """A dataset: its tables by name, and what the API tells of it."""

    tables: dict[str, Table] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)


class Store:
    """All datasets of all projects, by (project, dataset)."""

    def __init__(self, datasets: dict[tuple[str, str], Dataset] | None = None) -> None:
        self.datasets = datasets or {}
        # What views gave, and which generations of which tables they read for it.
        self.view_rows: dict[Path, tuple[list[tuple[Path, int]], Rows]] = {}
        self._locks: defaultdict[Path, threading.RLock] = defaultdict(threading.RLock)

    def alone(self, path: Path) -> AbstractContextManager[bool]:
        """Let one thread at a time make or change a table."""
        return self._locks[path]

    def dataset(self, path: Path) -> Dataset:
        """Find a table's dataset; raises NotFoundError."""
        try:
            return self.datasets[path.project, path.dataset]
        except KeyError:
            raise NotFoundError(f"Dataset {path.project}:{path.dataset} was not found") from None

    def table(self, path: Path) -> Table:
        """Find a table; raises NotFoundError."""
        if not self.has(path):
            raise NotFoundError(f"Table {path.project}:{path.dataset}.{path.table} was not found")
        return self.dataset(path).tables[path.table]

    def has(self, path: Path) -> bool:
        """Tell whether there is such a table, whose time has not come."""
        table = self.dataset(path).tables.get(path.table)
        expires = table.properties.get("expirationTime") if table else None
        return table is not None and (expires is None or int(expires) > time.time() * 1000)

    def put(self, table: Table) -> None:
        """Make a table, or replace the one of its name."""
        table.generation = next(_generations)
        self.dataset(table.path).tables[table.path.table] = table

    def changed(self, table: Table, rows: list[service_pb.TableData.Row]) -> None:
        """Give a table other rows."""
        table.rows = rows
        table.generation = next(_generations)
