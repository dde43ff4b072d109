"""Writes down every address that this Python process connects to, sends to, listens on or looks up.

Python imports a module of this name as it starts, wherever it is on its path; so a whole command is
watched, with all that it starts. See `tests.googlesql.network`.
"""

import json
import os
import sys

_FILE = "VITRINE_NETWORK_SEEN"
# The place of the address among the arguments of Python's own audit events.
_ADDRESSES = {
    "socket.bind": 1,
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
}


def _watch(file: str) -> None:
    # Kept open, to append whole lines from several processes with no "open" event of its own.
    seen = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event in _ADDRESSES:
            address = arguments[_ADDRESSES[event]]
            host = address[0] if isinstance(address, tuple) else address
            host = host.decode("utf-8", "replace") if isinstance(host, bytes) else host
            os.write(seen, json.dumps([event, host]).encode() + b"\n")

    sys.addaudithook(note)


if _FILE in os.environ:
    _watch(os.environ[_FILE])
