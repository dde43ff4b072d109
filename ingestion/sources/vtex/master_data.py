"""Clients (CL) and addresses (AD), by Master Data's scroll.

A scroll goes on from request to request: a page whose answer is lost on the way is gone, and asking
again gives the next one. So after any failure the scroll begins anew, and a page is never asked
for twice. What was landed twice counts as duplicates.
"""

import logging
from datetime import timedelta

from ingestion.sources.vtex import catalogue
from ingestion.sources.vtex.errors import RefusedError, UnavailableError, VtexError
from ingestion.sources.vtex.run import Run

_LOG = logging.getLogger(__name__)
_CONTRACTS = {"CL": "vtex.client", "AD": "vtex.address"}
_DOCUMENTS_OF_A_PAGE = 1000
_SCROLLS = 5
# Master Data's index follows a change after a while, and its dates know no time of day.
_OVERLAP = timedelta(days=1)


def pull(run: Run, entity: str, *, is_full: bool = False) -> None:
    """Land the documents of an entity (`CL` or `AD`).

    All of them or, if a pull was finished before, those created or changed since. Raises
    VtexError, SinkError.
    """
    name = f"master data {entity}"
    since = None if is_full else run.state.last_finished(name)
    job = catalogue.begin(run, name)
    parameters: dict[str, str | int] = {"_fields": "_all", "_size": _DOCUMENTS_OF_A_PAGE}
    if since is not None:
        span = f"between {since - _OVERLAP:%Y-%m-%d} AND {job.started_at + _OVERLAP:%Y-%m-%d}"
        parameters["_where"] = f"(createdIn {span}) OR (updatedIn {span})"
    for number in range(1, _SCROLLS + 1):
        try:
            _scroll(run, entity, parameters)
            break
        except RefusedError:
            raise
        except VtexError as error:
            # Also where VTEX has forgotten the scroll (400).
            if number == _SCROLLS or run.stop.is_set():
                raise UnavailableError(
                    f"{error}; VTEX allows few scrolls at a time and ends an abandoned one after "
                    "20 minutes: run the same command again then"
                ) from error
            _LOG.warning("%s; the scroll of %s begins anew", error, entity)
    job.finish()


def _scroll(run: Run, entity: str, parameters: dict[str, str | int]) -> None:
    path = f"/api/dataentities/{entity}/scroll"
    # Its first page may be asked for again: each time, another scroll begins.
    answer = run.client.get(path, **parameters)
    while run.put_elements(_CONTRACTS[entity], answer.content):
        token = answer.headers.get("x-vtex-md-token")
        if not token:
            raise VtexError(f"GET {path}: the answer has no X-VTEX-MD-TOKEN to go on with")
        answer = run.client.get_once(path, _token=token)
