"""What a person can mend, told without a traceback."""

import errno
import os

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
    """Nothing of the input is visible; the message says what is wrong and what to do."""


def told(error: OSError) -> str:
    """What the system said and what to do about it, in one line."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    advice = _ADVICE.get(error.errno or 0)
    return f"{reason}: {advice}" if advice else reason
