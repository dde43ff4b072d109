"""From audited build tables to published ones: zero-copy clones, made by one script.

Each table is replaced at once, but not all at once. So the script first writes a record that says
what is coming, and last the one that says it is there: a reader in between, or after a failure, can
tell. The script runs on BigQuery's side, to its end even if this process dies. Run again, it gives
the same, whatever an earlier one has left.
"""

import os
from collections.abc import Iterable
from typing import Any

from google.api_core.exceptions import NotFound
from google.cloud.bigquery import AccessEntry, Table

from warehouse.audit import PUBLISHED_SCHEMAS
from warehouse.bigquery.connection import RETRY, BigQuery, BigQueryTables
from warehouse.bigquery.record import literal, read_publication, record_statement
from warehouse.clean_copy import SCHEMA_OF_VIEWS
from warehouse.dbt_run import Relation
from warehouse.errors import WarehouseError
from warehouse.record import RECORD_TABLE, BuildRecord

# BigQuery has grants: personal data is published too, in a dataset with readers of its own.
_SCHEMAS = (*PUBLISHED_SCHEMAS, "pii")
# What a clone may not replace another table by (and nothing but a drop can change).
_LAYOUT = ("type", "timePartitioning", "rangePartitioning", "clustering")
_ENTITIES = {
    "user": "userByEmail",
    "serviceAccount": "userByEmail",
    "group": "groupByEmail",
    "domain": "domain",
}


def to_publish(bigquery: BigQuery, relations: Iterable[Relation]) -> list[tuple[str, str]]:
    """Choose, of what dbt made, what readers see: schema and table, in the order of publication.

    Raises WarehouseError.
    """
    tables, views = [], []
    for relation in relations:
        schema = relation.schema.removeprefix(f"{bigquery.build}_")
        if schema not in _SCHEMAS:
            continue
        if relation.kind != "view":
            tables.append((schema, relation.name))
        elif schema == SCHEMA_OF_VIEWS:
            views.append((schema, relation.name))
        else:
            raise WarehouseError(
                f"{schema}.{relation.name} is a view: outside of {SCHEMA_OF_VIEWS}, only tables can"
                " be published."
            )
    # Views as dbt made them: each after those that it reads.
    return [*sorted(tables), *views]


def publish(bigquery: BigQuery, build: BuildRecord, tables: list[tuple[str, str]]) -> None:
    """Replace what is published by these tables of the build datasets, and drop what was before.

    Raises Google's exceptions; whatever it had done then is completed by the next one.
    """
    for schema in {schema for schema, _ in [*tables, RECORD_TABLE]}:
        _let_read(bigquery, schema)
    bigquery.client.query_and_wait(";\n".join(_script(bigquery, build, tables)))


def _script(bigquery: BigQuery, build: BuildRecord, tables: list[tuple[str, str]]) -> list[str]:
    published = BigQueryTables(bigquery, bigquery.published)
    before = read_publication(published)
    names = {f"{schema}.{table}" for schema, table in tables}
    known = names | before.tables if before else names
    script = [record_statement(published, build, known, is_whole=False)]
    for schema, table in tables:
        script += _replace(bigquery, build, schema, table, tables)
    for name in sorted(known - names):
        script.append(f"drop table if exists {published.name(*name.split('.'))}")
    return [*script, record_statement(published, build, names, is_whole=True)]


def _replace(
    bigquery: BigQuery,
    build: BuildRecord,
    schema: str,
    table: str,
    tables: list[tuple[str, str]],
) -> list[str]:
    """Clone one table; says what the clone is to say of itself, and of which build it is.

    A view is made again, over what is published instead of what is built.
    """
    source = _table(bigquery, bigquery.build, schema, table)
    target = _table(bigquery, bigquery.published, schema, table)
    if source is None:
        raise WarehouseError(f"{schema}.{table} was built and is gone.")
    name = BigQueryTables(bigquery, bigquery.published).name(schema, table)
    built = BigQueryTables(bigquery, bigquery.build).name(schema, table)
    labels = source.labels | {"vitrine_build": build.build_id.lower()}
    pairs = ", ".join(f"({literal(key)}, {literal(value)})" for key, value in labels.items())
    options = f"description = {literal(source.description or '')}, labels = [{pairs}]"
    clone = f"create or replace table {name} clone {built} options ({options})"
    if source.table_type == "VIEW":
        query = _over_published(bigquery, source.view_query, tables)
        clone = f"create or replace view {name} options ({options}) as {query}"
    if target is None or _layout(target) == _layout(source):
        return [clone]
    kind = "view" if target.table_type == "VIEW" else "table"
    return [f"drop {kind} if exists {name}", clone]


def _over_published(bigquery: BigQuery, query: str, tables: list[tuple[str, str]]) -> str:
    project = bigquery.project
    for schema, table in tables:
        built, published = (
            f"`{project}`.`{prefix}_{schema}`.`{table}`"
            for prefix in (bigquery.build, bigquery.published)
        )
        query = query.replace(built, published)
    return query


def _table(bigquery: BigQuery, prefix: str, schema: str, table: str) -> Table | None:
    name = f"{bigquery.project}.{prefix}_{schema}.{table}"
    try:
        return bigquery.client.get_table(name, retry=RETRY)
    except NotFound:
        return None


def _layout(table: Table) -> list[Any]:
    resource = table.to_api_repr()
    return [resource.get(name) for name in _LAYOUT]


def _let_read(bigquery: BigQuery, schema: str) -> None:
    """Make a published dataset, and let exactly those read it whom the environment names.

    VITRINE_BIGQUERY_PII_READERS for personal data, VITRINE_BIGQUERY_READERS for all else:
    principals as IAM writes them, with spaces between. Unset, who may read is left as it is.
    A dataset's readers outlive its tables, which are replaced at each build.
    """
    dataset = bigquery.ensure_dataset(f"{bigquery.published}_{schema}")
    variable = "VITRINE_BIGQUERY_PII_READERS" if schema == "pii" else "VITRINE_BIGQUERY_READERS"
    principals = os.environ.get(variable, "").split()
    if not principals:
        return
    kinds = {*_ENTITIES.values(), "iamMember"}
    others = [
        entry
        for entry in dataset.access_entries
        if entry.role != "READER" or entry.entity_type not in kinds
    ]
    dataset.access_entries = [*others, *map(_reader, principals)]
    bigquery.client.update_dataset(dataset, ["access_entries"], retry=RETRY)


def _reader(principal: str) -> AccessEntry:
    kind, _, name = principal.partition(":")
    if kind in _ENTITIES:
        return AccessEntry("READER", _ENTITIES[kind], name)
    return AccessEntry("READER", "iamMember", principal)
