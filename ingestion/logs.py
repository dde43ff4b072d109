"""The log of commands that run long: what happened, never a message's content."""

import logging
import sys
import time


def log_to_stderr(*packages: str) -> None:
    """Write this program's own log to standard error, a line an event, in UTC.

    What is taken in is always told of; name other packages that tell something.
    """
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    for package in ("ingestion", *packages):
        log = logging.getLogger(package)
        log.handlers = [handler]
        log.setLevel(logging.INFO)
