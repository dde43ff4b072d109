"""The log of commands that run long: what happened, never a message's content."""

import logging
import sys
import time


def log_to_stderr() -> None:
    """Write this program's own log to standard error, a line an event, in UTC."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    log = logging.getLogger("ingestion")
    log.handlers = [handler]
    log.setLevel(logging.INFO)
