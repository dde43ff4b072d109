"""What Google refuses, told in one sentence with what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from google.api_core.exceptions import (
    AlreadyExists,
    Conflict,
    Forbidden,
    GoogleAPICallError,
    RetryError,
    Unauthenticated,
    Unauthorized,
)
from google.api_core.retry import Retry
from google.auth.exceptions import GoogleAuthError, TransportError
from requests.exceptions import RequestException

# A minute of retries while a service is busy or away; Google's own ten would look like a hang.
RETRY = Retry(timeout=60.0)
PATIENCE: dict[str, Any] = {"retry": RETRY, "timeout": 20.0}

_LOGIN = (
    "log in with `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to"
    " a key file"
)
# What whoever runs this needs, by kind of resource; and the service that has the kind.
_ROLES = {
    "topic": "roles/pubsub.editor",
    "subscription": "roles/pubsub.editor",
    "dataset": "roles/bigquery.dataOwner",
    "table": "roles/bigquery.dataOwner",
    "bucket": "roles/storage.admin",
}
_SERVICES = {
    "topic": "pubsub",
    "subscription": "pubsub",
    "dataset": "bigquery",
    "table": "bigquery",
    "bucket": "storage",
}
# How the services say that nobody has switched them on in this project.
_DISABLED = {"SERVICE_DISABLED", "accessNotConfigured"}


class ProvisionError(click.ClickException):
    """Something could not be provisioned; the message says why and what to do. Exit code 1."""


@contextmanager
def told_in_words(project: str, kind: str, name: str) -> Iterator[None]:
    """Turn what Google, its credentials or the network refuse of a resource into a sentence."""
    what = f"{kind} {name}"
    try:
        yield
    except Forbidden as error:
        raise ProvisionError(f"{what}: {_forbidden(error, project, kind)}") from error
    except (AlreadyExists, Conflict) as error:
        raise ProvisionError(f"{what}: {_taken(error, kind)}") from error
    except (Unauthenticated, Unauthorized) as error:
        raise ProvisionError(_unknown(error)) from error
    except GoogleAPICallError as error:
        raise ProvisionError(f"{what}: {_said(error)}") from error
    except (RetryError, RequestException, TransportError) as error:
        raise ProvisionError(f"{what}: Google could not be reached: {error}") from error
    except GoogleAuthError as error:
        raise ProvisionError(_unknown(error)) from error
    except ValueError as error:  # a name that no such thing can have
        raise ProvisionError(f"{what}: {error}") from error


def _unknown(error: Exception) -> str:
    return f"no credentials that Google takes ({str(error).rstrip('.')}): {_LOGIN}."


def _forbidden(error: Forbidden, project: str, kind: str) -> str:
    if _DISABLED & {error.reason, *(one.get("reason") for one in _listed(error))}:
        service = f"{_SERVICES[kind]}.googleapis.com"
        return (
            f"the API is not enabled in project {project}: run "
            f"`gcloud services enable {service} --project {project}`, wait a minute, and run this "
            "again."
        )
    if kind == "subscription" and "service account" in _said(error).lower():
        # Pub/Sub's own account is not allowed to write: not the one who runs this.
        return (
            f"{_said(error)} Grant it what the plan says of Pub/Sub's own account, and run this "
            "again."
        )
    return (
        f"these credentials may not: {_said(error)} Have {_ROLES[kind]} granted in project "
        f"{project}, and run this again."
    )


def _taken(error: GoogleAPICallError, kind: str) -> str:
    if kind == "bucket":
        return "another project has a bucket of this name: choose one with --bucket."
    return f"somebody made it just now ({_said(error)}): run this again."


def _listed(error: GoogleAPICallError) -> list[dict[str, Any]]:
    return [one for one in error.errors if isinstance(one, dict)]


def _said(error: GoogleAPICallError) -> str:
    """Give what Google said, without the address that it was asked at."""
    listed = _listed(error)
    text = str(listed[0].get("message") if listed else error.message).strip()
    return text if text.endswith(".") else f"{text}."
