"""Which addresses a command spoke to: run it with `watched`, and read what was seen.

What is seen is what Python does, through its own audit events. A library that opens sockets in
native code is not seen.
"""

import ipaddress
import json
import os
import runpy
from pathlib import Path
from typing import NamedTuple

_GUARD = Path(__file__).with_name("guard")


class Seen(NamedTuple):
    """A connection, a listener or a look-up of a name: Python's name of the event, and the host."""

    event: str
    host: str | None

    @property
    def is_local(self) -> bool:
        """Tell whether nothing can leave this machine by it."""
        if self.host is None or self.host.startswith("/") or self.host == "localhost":
            return True  # A socket of files; a look-up of one's own addresses.
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def watched(file: Path) -> dict[str, str]:
    """Give the environment under which a command, and all that it starts, writes to this file."""
    path = [str(_GUARD), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(path), "VITRINE_NETWORK_SEEN": str(file)}


def watch() -> None:
    """Watch this process, if its environment says so: one that was forked had none at first."""
    runpy.run_path(str(_GUARD / "sitecustomize.py"))


def read(file: Path) -> list[Seen]:
    """Read what commands wrote; nothing if none of them used a socket."""
    lines = file.read_text().splitlines() if file.exists() else []
    return [Seen(*json.loads(line)) for line in lines]
