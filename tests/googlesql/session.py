"""Scripts: their statements one after another, with variables and transactions."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

from tests.googlesql import definitions, rules
from tests.googlesql.changes import Delete, Insert, Truncate, Update
from tests.googlesql.information_schema import information_schema
from tests.googlesql.merge import Merge
from tests.googlesql.reference import (
    Catalog,
    GoogleSql,
    NotExecutableError,
    Row,
    Rows,
    SqlError,
    Type,
)
from tests.googlesql.rows import check_required, coerced
from tests.googlesql.scope import Scope
from tests.googlesql.store import Column, Dataset, NotFoundError, Store, Table
from tests.googlesql.syntax import Node, Path, identifiers, source_node, table_path
from tests.googlesql.wasm import is_of_the_moment

_CHANGES = {
    "InsertStatement": Insert,
    "UpdateStatement": Update,
    "DeleteStatement": Delete,
    "MergeStatement": Merge,
    "TruncateStatement": Truncate,
}

_MAKES = ("CreateTableStatement", "CreateViewStatement", "DropStatement")


@dataclass
class Outcome:
    """What a statement did: BigQuery's name of its kind, its result, and the table it touched."""

    kind: str
    rows: Rows
    path: Path | None = None
    affected: int | None = None


class Session:
    """Runs scripts over a store. One script at a time."""

    def __init__(self, google: GoogleSql, store: Store, project: str) -> None:
        self._google = google
        self._store = store
        self._project = project
        self._variables: dict[str, Any] = {}
        # What tables held before this transaction, if there is one, changed them.
        self._before: dict[Path, list[Row]] | None = None
        # Statements that are valid, but which the reference implementation cannot execute.
        self.not_executed: list[str] = []

    def run(self, sql: str) -> Outcome:
        """Run a script; its outcome is that of the last statement. Raises SqlError."""
        self._variables = {}
        self._before = None
        try:
            outcomes = [self._run(sql, each) for each in self._google.parse(sql)]
        except SqlError:
            self._roll_back()
            raise
        if len(outcomes) == 1:
            return outcomes[0]
        return Outcome("SCRIPT", outcomes[-1].rows, affected=outcomes[-1].affected)

    def rows_of(self, path: Path) -> Rows:
        """Read a table or view, whole; raises SqlError if there is none."""
        if path.dataset == "INFORMATION_SCHEMA":
            return information_schema(path, self._store)
        table = self._table(path)
        if table.query is None:
            return Rows([(column.name, column.type) for column in table.columns], table.rows)
        known = self._store.view_rows.get(path)
        if known and all(self._generation(read) == number for read, number in known[0]):
            return known[1]
        statement = self._google.parse(table.query)[0]
        scope = Scope(table.query, statement, self._project)
        read = [table, *map(self._table, self._base_tables(scope))]
        # As they are before they are read: another job may change one meanwhile.
        generations = [(each.path, each.generation) for each in read]
        found = self._google.evaluate(scope.text(), self._catalog(scope), is_analyzed=True)
        if not any(is_of_the_moment(each.query or "") for each in read):
            self._store.view_rows[path] = generations, found
        return found

    def _generation(self, path: Path) -> int:
        try:
            return self._store.table(path).generation
        except NotFoundError:
            return 0

    def _base_tables(self, scope: Scope) -> list[Path]:
        found = []
        for path in scope.paths:
            found.append(path)
            query = self._table(path).query
            if query is not None:
                inner = Scope(query, self._google.parse(query)[0], self._project)
                found += self._base_tables(inner)
        return found

    def _run(self, sql: str, statement: Node) -> Outcome:
        scope = Scope(sql, statement, self._project)
        kinds: dict[str, Callable[[Scope], Outcome]] = {
            "QueryStatement": self._query,
            "CreateTableStatement": self._create_table,
            "CreateViewStatement": self._create_view,
            "CreateSchemaStatement": self._create_schema,
            "DropStatement": self._drop,
            "AlterTableStatement": self._alter,
            "AlterViewStatement": self._alter,
            "GrantStatement": self._grant,
            "RevokeStatement": self._grant,
            "VariableDeclaration": self._declare,
            "SingleAssignment": self._assign,
            "AssignmentFromStruct": self._assign_fields,
            "BeginStatement": self._begin,
            "CommitStatement": self._commit,
            "RollbackStatement": self._commit,
        } | dict.fromkeys(_CHANGES, self._change)
        if statement.kind not in kinds:
            raise SqlError(f"Statement not supported here: {statement.kind}")
        try:
            rules.check(scope.nodes)
            with self._alone(statement):
                return kinds[statement.kind](scope)
        except SqlError as error:
            raise scope.original_position(error) from None

    def _alone(self, statement: Node) -> AbstractContextManager[object]:
        """Keep others from the table that a statement makes or changes."""
        if statement.kind in _CHANGES:
            return self._store.alone(table_path(statement.target_path, self._project))
        if statement.kind in _MAKES:
            return self._store.alone(self._path(statement))
        return nullcontext()

    def _catalog(self, scope: Scope) -> Catalog:
        tables = {str(path): self.rows_of(path) for path in scope.paths}
        return Catalog(tables, self._variables)

    def _names(self, scope: Scope) -> Catalog:
        """Give the catalog of a statement, for what is not about rows."""
        tables = {str(path): Rows(self._columns_of(path), []) for path in scope.paths}
        return Catalog(tables, self._variables)

    def _columns_of(self, path: Path) -> list[tuple[str, Type]]:
        if path.dataset == "INFORMATION_SCHEMA":
            return information_schema(path, self._store).columns
        return [(column.name, column.type) for column in self._table(path).columns]

    def _table(self, path: Path) -> Table:
        try:
            return self._store.table(path)
        except NotFoundError as error:
            raise SqlError(f"Not found: {error}") from None

    def _evaluate(self, sql: str, catalog: Catalog, is_analyzed: bool = False) -> Rows:
        try:
            return self._google.evaluate(sql, catalog, is_analyzed)
        except NotExecutableError:
            resolved = Node(self._google.analyze(sql, catalog))
            self.not_executed.append(sql)
            columns = [(each.name, each.column.type.proto) for each in resolved.output_column_list]
            return Rows(columns, [])

    def _analyzed(self, scope: Scope, catalog: Catalog | None = None) -> Node:
        resolved = Node(self._google.analyze(scope.in_place(), catalog or self._names(scope)))
        rules.check_resolved(resolved)
        return resolved

    def _created(self, scope: Scope, catalog: Catalog) -> tuple[Rows, Node]:
        """Run the query of a CREATE TABLE; gives its rows, and the statement's resolved tree.

        A query that is run has been analyzed. So the statement is analyzed with another query, of
        the same columns, unless its own is refused or there is more to say of it.
        """
        query = scope.text(scope.statement.query)
        if rules.has_subqueries(scope.nodes):
            resolved = self._analyzed(scope, catalog)
            return self._evaluate(query, catalog, is_analyzed=True), resolved
        try:
            found = self._evaluate(query, catalog)
        except SqlError:
            self._analyzed(scope, catalog)  # It knows where in the script an error is.
            raise
        with suppress(SqlError):
            shape = scope.with_columns(found.columns)
            return found, Node(self._google.analyze(shape, Catalog()))
        return found, self._analyzed(scope, catalog)

    def _query(self, scope: Scope) -> Outcome:
        is_empty = _is_empty(scope.statement.query)
        catalog = self._names(scope) if is_empty else self._catalog(scope)
        return Outcome("SELECT", self._evaluate(scope.in_place(), catalog))

    def _create_table(self, scope: Scope) -> Outcome:
        statement = scope.statement
        path = self._path(statement)
        if statement.is_if_not_exists and self._store.has(path):
            return Outcome("CREATE_TABLE", Rows([], []), path)
        if self._store.has(path) and not statement.is_or_replace:
            raise SqlError(f"Already Exists: Table {path}")
        copied = statement.clone_data_source or statement.copy_data_source
        if copied is not None:
            source = self._store.table(table_path(copied.path_expr, self._project))
            given = definitions.properties(definitions.options(statement.options_list))
            table = Table(path, source.columns, source.rows, properties=source.properties | given)
            self._check_layout(table)
            self._store.put(table)
            return Outcome("CREATE_TABLE", Rows([], []), path)
        found = Rows([], [])
        if statement.query is None:
            resolved = self._analyzed(scope)
        else:
            is_empty = _is_empty(statement.query)
            catalog = self._names(scope) if is_empty else self._catalog(scope)
            found, resolved = self._created(scope, catalog)
        columns = definitions.columns(resolved, statement)
        given = definitions.options(statement.options_list)
        table = Table(path, columns)
        table.properties = definitions.properties(given)
        table.properties |= definitions.partitioning(statement, columns, given)
        table.properties |= definitions.clustering(statement, columns)
        self._check_layout(table)
        if found.columns:
            types = [column.type for column in columns]
            table.rows = [Row(cell=row) for row in coerced(self._google, found, types)]
            check_required(columns, table.rows)
        self._store.put(table)
        kind = "CREATE_TABLE" if statement.query is None else "CREATE_TABLE_AS_SELECT"
        return Outcome(kind, Rows([], []), path)

    def _check_layout(self, table: Table) -> None:
        """Raise SqlError if a table cannot replace the one of its name, only follow its drop."""
        if self._store.has(table.path):
            before = self._store.table(table.path)
            for name, word in (("timePartitioning", "partitioning"), ("clustering", "clustering")):
                if before.properties.get(name) != table.properties.get(name):
                    raise SqlError(
                        f"Cannot replace a table with a different {word} spec. Instead, DROP the "
                        "table, and then recreate it."
                    )

    def _create_view(self, scope: Scope) -> Outcome:
        statement = scope.statement
        path = self._path(statement)
        if self._store.has(path):
            if statement.is_if_not_exists:
                return Outcome("CREATE_VIEW", Rows([], []), path)
            if not statement.is_or_replace or self._store.table(path).query is None:
                raise SqlError(f"Already Exists: Table {path}")
        resolved = self._analyzed(scope)
        columns = [
            Column(each.name, each.column.type.proto) for each in resolved.output_column_list
        ]
        view = Table(path, columns, query=scope.original(statement.query))
        view.properties = definitions.properties(definitions.options(statement.options_list))
        self._store.put(view)
        return Outcome("CREATE_VIEW", Rows([], []), path)

    def _create_schema(self, scope: Scope) -> Outcome:
        names = identifiers(scope.statement.name)
        project, dataset = names if len(names) > 1 else [self._project, *names]
        if (project, dataset) in self._store.datasets and not scope.statement.is_if_not_exists:
            raise SqlError(f"Already Exists: Dataset {project}:{dataset}")
        self._store.datasets.setdefault((project, dataset), Dataset())
        return Outcome("CREATE_SCHEMA", Rows([], []))

    def _drop(self, scope: Scope) -> Outcome:
        path = self._path(scope.statement)
        if self._store.has(path):
            del self._store.dataset(path).tables[path.table]
        elif not scope.statement.is_if_exists:
            raise SqlError(f"Not found: Table {path}")
        return Outcome("DROP_TABLE", Rows([], []), path)

    def _alter(self, scope: Scope) -> Outcome:
        table = self._store.table(self._path(scope.statement))
        for action in scope.statement.action_list.actions:
            match action.kind:
                case "SetOptionsAction":
                    given = definitions.options(action.options_list)
                    table.properties |= definitions.properties(given)
                case "AlterColumnOptionsAction":
                    given = definitions.options(action.options_list)
                    table.column(action.column_name.id_string).properties |= given
                case kind:
                    raise SqlError(f"Statement not supported here: {kind}")
        return Outcome("ALTER_TABLE", Rows([], []), table.path)

    def _change(self, scope: Scope) -> Outcome:
        table = self._store.table(table_path(scope.statement.target_path, self._project))
        catalog = self._catalog(scope)
        self._analyzed(scope, catalog)
        change = _CHANGES[scope.statement.kind](self._google, scope, catalog, table)
        change.apply()
        if self._before is not None:
            self._before.setdefault(table.path, table.rows)
        self._store.changed(table, change.rows)
        kind = scope.statement.kind.removesuffix("Statement").upper()
        kind = "TRUNCATE_TABLE" if kind == "TRUNCATE" else kind
        return Outcome(kind, Rows([], []), table.path, change.affected)

    def _grant(self, scope: Scope) -> Outcome:
        statement = scope.statement
        table = self._store.table(table_path(statement.target_path, self._project))
        for privilege in statement.privileges.privileges:
            role = privilege.privilege_action.id_string
            for grantee in statement.grantee_list.grantee_list:
                grantees = table.grants.setdefault(role, set())
                if statement.kind == "GrantStatement":
                    grantees.add(grantee.string_value)
                else:
                    grantees.discard(grantee.string_value)
        return Outcome("GRANT", Rows([], []), table.path)

    def _declare(self, scope: Scope) -> Outcome:
        statement = scope.statement
        default = scope.text(statement.default_value) if statement.default_value else "null"
        if statement.type is not None:
            default = f"cast({default} as {scope.text(statement.type)})"
        for name in statement.variable_list.identifier_list:
            self._set(name.id_string, default, scope)
        return Outcome("SCRIPT", Rows([], []))

    def _assign(self, scope: Scope) -> Outcome:
        name = self._declared(scope.statement.variable)
        self._set(name, scope.text(scope.statement.expression), scope)
        return Outcome("SCRIPT", Rows([], []))

    def _assign_fields(self, scope: Scope) -> Outcome:
        """SET (a, b) = a struct."""
        statement = scope.statement
        names = [self._declared(each) for each in statement.variables.identifier_list]
        expression = scope.text(statement.struct_expression)
        found = self._google.evaluate(f"select {expression}", self._catalog(scope))
        fields = found.columns[0][1].struct_type.field
        values = found.rows[0].cell[0].struct_value.field
        for name, field, value in zip(names, fields, values, strict=True):
            self._variables[name] = field.field_type, value
        return Outcome("SCRIPT", Rows([], []))

    def _declared(self, variable: Node) -> str:
        name: str = variable.id_string
        if name not in self._variables:
            raise SqlError(f"Undeclared variable: {name}")
        return name

    def _set(self, name: str, expression: str, scope: Scope) -> None:
        found = self._google.evaluate(f"select {expression}", self._catalog(scope))
        self._variables[name] = found.columns[0][1], found.rows[0].cell[0]

    def _begin(self, scope: Scope) -> Outcome:
        self._before = {}
        return Outcome("BEGIN_TRANSACTION", Rows([], []))

    def _commit(self, scope: Scope) -> Outcome:
        if self._before is None:
            raise SqlError("There is no transaction")
        if scope.statement.kind == "RollbackStatement":
            self._roll_back()
        self._before = None
        return Outcome("COMMIT_TRANSACTION", Rows([], []))

    def _roll_back(self) -> None:
        for path, rows in (self._before or {}).items():
            self._store.changed(self._store.table(path), rows)

    def _path(self, statement: Node) -> Path:
        try:
            path = table_path(source_node(statement), self._project)
            self._store.dataset(path)
        except ValueError as error:
            raise SqlError(str(error)) from None
        except NotFoundError as error:
            raise SqlError(f"Not found: {error}") from None
        return path


def _is_empty(query: Node) -> bool:
    """Tell a query that only asks for the shape of its result, as dbt does: LIMIT 0."""
    limit = query.limit_offset
    return limit is not None and any(
        node.kind == "IntLiteral" and node.image == "0" for node in limit.walk()
    )
