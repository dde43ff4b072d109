"""Reading a warehouse's tables, whichever engine holds them: what the audit and status rest on."""

from typing import Any, Protocol

import duckdb

from warehouse.errors import WarehouseError


class QueryError(WarehouseError):
    """A query failed; the message is the engine's."""


class NoSuchTableError(QueryError):
    """A query names a table that is not there."""


class Tables(Protocol):
    """The tables of one warehouse."""

    def name(self, schema: str, table: str) -> str:
        """Write a table's name as the engine's SQL has it."""

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Run a query; gives its rows by column. Raises QueryError."""


class DuckDBTables:
    """The tables of an opened DuckDB file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def name(self, schema: str, table: str) -> str:
        """Write a table's name as DuckDB has it."""
        return f'"{schema}"."{table}"'

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Run a query; gives its rows by column. Raises QueryError."""
        try:
            result = self._connection.execute(sql)
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        except duckdb.CatalogException as error:
            raise NoSuchTableError(str(error)) from error
        except duckdb.Error as error:
            raise QueryError(str(error)) from error
