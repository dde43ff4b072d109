"""What a person can mend, told without a traceback."""

import errno
import os
from pathlib import Path

import click

_ADVICE = {
    errno.ENOENT: "check the path",
    errno.EACCES: "check who may read and write it",
    errno.EPERM: "check who may read and write it",
    errno.EROFS: "it cannot be written; set VITRINE_RAW to a folder that can",
    errno.ENOTDIR: "a file is in the place of a folder; move it away, or set VITRINE_RAW elsewhere",
    errno.EEXIST: "a file is in the place of a folder; move it away, or set VITRINE_RAW elsewhere",
    errno.ENOSPC: "free some space and land it again",
    errno.EDQUOT: "free some space and land it again",
    errno.EFBIG: "raise the limit on the size of files (`ulimit -f`) and land it again",
    errno.EMFILE: "raise the limit on open files (`ulimit -n`) and land it again",
}


class LandingError(click.ClickException):
    """An input could not be landed; the message says why and what to do. Exit code 1."""


def explain(error: OSError, path: Path | str) -> str:
    """Say in one line what the system refused for a path, on which file, and what to do."""
    reason = os.strerror(error.errno) if error.errno else str(error).rstrip(".")
    if reason.startswith(f"{path}: "):
        return f"{reason}."  # A bucket says so itself.
    other = f" ({error.filename})" if error.filename not in (None, str(path), path) else ""
    advice = _ADVICE.get(error.errno or 0)
    return f"{path}: {reason}{other}" + (f": {advice}." if advice else ".")
