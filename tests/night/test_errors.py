"""What goes wrong is told without a word that may be somebody's."""

import duckdb
import pytest
from google.api_core.exceptions import BadRequest

from ingestion.errors import LandingError
from orchestration.errors import told
from warehouse.errors import AuditFailedError, Failure, WarehouseError

SOMEBODY = "ana@example.com"


def _caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "message", "reason"),
    [
        (LandingError("data/raw: No space left on device."), "data/raw: No space", "disk_full"),
        (
            AuditFailedError([Failure("test is_key", f"Got {SOMEBODY}")], "dbt's log: x"),
            "the audit failed: test is_key. dbt's log: x",
            "audit_failed",
        ),
        (
            AuditFailedError([Failure("model a", f"IO Error: {SOMEBODY}: File too large")]),
            "the audit failed: model a.",
            "disk_full",
        ),
        (
            _caused(WarehouseError(SOMEBODY), duckdb.ConversionException(SOMEBODY)),
            "DuckDB: ConversionException",
            "error",
        ),
        (
            _caused(WarehouseError("x: No space left"), duckdb.IOException("x")),
            "x: No space left",
            "disk_full",
        ),
        (
            _caused(WarehouseError(SOMEBODY), BadRequest(SOMEBODY)),
            "Google Cloud: BadRequest",
            "error",
        ),
        (
            WarehouseError(
                f"Traceback (most recent call last):\n  File x\nduckdb.duckdb.BinderException: "
                f"{SOMEBODY}\nNothing was published."
            ),
            "a process of the build failed: duckdb.duckdb.BinderException",
            "error",
        ),
        (KeyError(SOMEBODY), "KeyError, a bug: ", "bug"),
    ],
)
def test_messages_of_others_are_named_and_not_repeated(
    error: Exception, message: str, reason: str
) -> None:
    outcome = told(error)
    assert outcome.message.startswith(message)
    assert outcome.reason == reason
    assert SOMEBODY not in outcome.message
