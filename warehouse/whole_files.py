"""Files that are replaced as a whole: who opens one sees the old text or the new one."""

import os
import tempfile
from pathlib import Path

from warehouse.publish import by_umask, sync


def write_whole(target: Path, text: str) -> None:
    """Put a text into its place, durably, with the mode that the umask gives. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, aside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            os.fchmod(descriptor, by_umask(0o666))
            file.flush()
            os.fsync(descriptor)
        Path(aside).replace(target)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
    sync(target.parent)
