"""The speed layer for a process that stays: what was published, with the newest raw followed.

The published views read the newest raw each time that they are asked. A process that is asked often
follows it instead, in a database in memory (`warehouse.followed`). A build is taken over as a
whole, beside the one that is served, so that each answer is of one build and all that was landed.
"""

import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import duckdb

from ingestion.errors import LandingError
from ingestion.storage import Root
from warehouse.errors import WarehouseError
from warehouse.followed import Followed
from warehouse.versions import Warehouse

# How long a landed file stays unseen at most, and its folder's listing unread.
POLL_SECONDS = 0.25
# Of what follows, against what answers: a tenth of a core that both want.
_NICENESS = 10

_logger = logging.getLogger(__name__)


class Live:
    """Serves one warehouse: the newest published build, merged with what has landed since."""

    def __init__(self, warehouse: Warehouse, raw_root: Root) -> None:
        """Name what is served; nothing is opened before `start`."""
        self._warehouse = warehouse
        self._raw_root = raw_root
        self._serving: Followed | None = None
        self._opening: threading.Thread | None = None
        # Opened, and not served yet.
        self._next: Followed | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    def start(self) -> None:
        """Open what is published, if anything is, and follow raw and publications from now on.

        Raises WarehouseError, LandingError, OSError and duckdb.Error if what is there cannot be
        read; later on, such an error is logged and tried again.
        """
        build_id = self._warehouse.published()
        if build_id is not None:
            self._serving = Followed(self._warehouse, build_id, self._raw_root)
        self._thread.start()

    def stop(self) -> None:
        """Stop following; cursors that are open stay so."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._opening is not None:
            self._opening.join()

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor on one build and all that was landed, as of now.

        Schemas have the names that they have in the published and the restricted file. Raises
        WarehouseError if nothing is published yet.
        """
        serving = self._serving
        if serving is None:
            raise WarehouseError(f"{self._warehouse.link}: nothing is published yet; build first.")
        with serving.connection.cursor() as cursor:
            yield cursor

    @property
    def build_id(self) -> str | None:
        """The build that is served now."""
        return self._serving.build_id if self._serving is not None else None

    @property
    def looked_at(self) -> datetime | None:
        """When the last successful look at raw began, UTC: all that was landed then is served."""
        return self._serving.looked_at if self._serving is not None else None

    def _run(self) -> None:
        _give_way()
        while not self._stopped.wait(POLL_SECONDS):
            try:
                self._take_over()
                if self._serving is not None:
                    self._serving.follow()
            except (OSError, LandingError, WarehouseError, duckdb.Error) as error:
                _logger.warning("cannot follow %s: %s", self._raw_root, type(error).__name__)

    def _take_over(self) -> None:
        """Open a new publication beside what is served, which is followed meanwhile."""
        if self._next is not None:
            # What is served was not followed since: nothing that was there is missing afterwards.
            self._next.follow()
            self._serving, self._next = self._next, None
        build_id = self._warehouse.published()
        if build_id in (None, self.build_id):
            return
        if self._opening is None or not self._opening.is_alive():
            self._opening = threading.Thread(target=self._open, args=(build_id,), daemon=True)
            self._opening.start()

    def _open(self, build_id: str) -> None:
        try:
            self._next = Followed(self._warehouse, build_id, self._raw_root)
        except (OSError, LandingError, WarehouseError, duckdb.Error) as error:
            # It may have been removed meanwhile, by a still newer one; the next look tells.
            _logger.warning("cannot open build %s: %s", build_id, type(error).__name__)


def _give_way() -> None:
    """Let threads that answer go before this one and those that it starts, where they can."""
    if sys.platform == "linux":
        nice = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice + _NICENESS)
