"""BigQuery as dbt's own profile names it: the same project, credentials, location and endpoint."""

import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt.adapters.bigquery.clients import create_bigquery_client
from dbt.adapters.bigquery.credentials import BigQueryCredentials
from dbt.config.runtime import load_profile
from dbt.flags import set_from_args
from dbt_common.context import set_invocation_context
from dbt_common.exceptions import DbtBaseException
from google.api_core.exceptions import GoogleAPICallError, NotFound, RetryError
from google.auth.exceptions import GoogleAuthError
from google.cloud.bigquery import Client, Dataset, QueryJobConfig
from google.cloud.bigquery.retry import DEFAULT_RETRY
from requests.exceptions import RequestException

from warehouse.errors import WarehouseError
from warehouse.tables import NoSuchTableError, QueryError

TARGET = "bigquery"
# A minute of retries; the client's own ten would look like a hang where nothing answers.
RETRY = DEFAULT_RETRY.with_timeout(60)


@dataclass(frozen=True)
class BigQuery:
    """One warehouse on BigQuery: a client, and the prefixes of its datasets."""

    client: Client
    credentials: BigQueryCredentials
    project: str
    # where dbt builds
    build: str
    # what readers see
    published: str

    def another_client(self) -> Client:
        """Make a client for another thread."""
        return _client(self.credentials)

    def ensure_dataset(self, name: str) -> Dataset:
        """Get a dataset; makes it, in the profile's location, if there is none."""
        dataset = Dataset(f"{self.project}.{name}")
        dataset.location = self.credentials.location
        try:
            return self.client.get_dataset(dataset.reference, retry=RETRY)
        except NotFound:
            return self.client.create_dataset(dataset, exists_ok=True, retry=RETRY)


class BigQueryTables:
    """The tables of the datasets with one prefix: what is built, or what is published."""

    def __init__(self, bigquery: BigQuery, prefix: str) -> None:
        self._client = bigquery.client
        self._prefix = f"{bigquery.project}.{prefix}"

    def name(self, schema: str, table: str) -> str:
        """Write a table's name as GoogleSQL has it."""
        return f"`{self._prefix}_{schema}.{table}`"

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Run a query; gives its rows by column. Raises QueryError."""
        try:
            return [dict(row.items()) for row in self._client.query_and_wait(sql, retry=RETRY)]
        except NotFound as error:
            raise NoSuchTableError(said(error)) from error
        except GoogleAPICallError as error:
            raise QueryError(said(error)) from error


def connect(project_folder: Path) -> BigQuery:
    """Connect as the target `bigquery` of the project's profile says. Raises WarehouseError."""
    folder = str(project_folder)
    set_invocation_context(os.environ)
    set_from_args(Namespace(PROFILES_DIR=folder, PROJECT_DIR=folder), None)
    with told_in_words():
        credentials = load_profile(folder, {}, target_override=TARGET).credentials
        if not isinstance(credentials, BigQueryCredentials):
            raise WarehouseError(f"the profile's target {TARGET} is not of the type bigquery.")
        if credentials.database in (None, "", "unset"):
            raise WarehouseError("no project to build in: set VITRINE_BIGQUERY_PROJECT.")
        published = os.environ.get("VITRINE_BIGQUERY_PUBLISHED") or "vitrine"
        if published == credentials.schema:
            raise WarehouseError(
                "VITRINE_BIGQUERY_PUBLISHED and VITRINE_BIGQUERY_DATASET are the same: nothing "
                "could be audited before readers see it."
            )
        return BigQuery(
            client=_client(credentials),
            credentials=credentials,
            project=str(credentials.database),
            build=str(credentials.schema),
            published=published,
        )


@contextmanager
def told_in_words() -> Iterator[None]:
    """Turn what BigQuery, its credentials, its profile or the network refuse into one sentence."""
    try:
        yield
    except GoogleAPICallError as error:
        raise WarehouseError(f"BigQuery: {said(error)}") from error
    except GoogleAuthError as error:
        raise WarehouseError(f"BigQuery's credentials: {error}") from error
    except (RetryError, RequestException) as error:
        raise WarehouseError(f"BigQuery could not be reached: {error}") from error
    except DbtBaseException as error:
        message = " ".join(str(error).split())
        raise WarehouseError(f"the profile's target {TARGET}: {message}") from error
    except OSError as error:
        raise WarehouseError(f"{error.filename}: {error.strerror}.") from error


def said(error: GoogleAPICallError) -> str:
    """Tell what BigQuery said, without the address that it was asked at."""
    return str(error.errors[0]["message"] if error.errors else error.message)


def _client(credentials: BigQueryCredentials) -> Client:
    try:
        client = create_bigquery_client(credentials)
    except ValueError as error:  # a key file that is none
        raise WarehouseError(f"BigQuery's credentials: {error}") from error
    client.default_query_job_config = QueryJobConfig(
        maximum_bytes_billed=credentials.maximum_bytes_billed, labels={"project": "vitrine"}
    )
    return client
