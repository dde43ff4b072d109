"""One JSON line a benchmark, and a child process measured alone."""

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import NamedTuple

_LOOK_SECONDS = 0.02
# For a look the system walks the process's pages and holds it up: of ten gigabytes, for 20 ms.
_LOOKING_SHARE = 0.02


class Measured(NamedTuple):
    """What a command took: its processes together, `read_mib` from files or the cache of files."""

    seconds: float
    peak_mib: float
    read_mib: float


def report(
    benchmark: str,
    value: float,
    unit: str,
    *,
    against: str,
    ratio: float,
    target: str | None = None,
    met: bool | None = None,
) -> None:
    """Print one result; `ratio` is this side's figure over `against`'s, in the same run.

    Without a target, the ratio is only told.
    """
    line = {
        "benchmark": benchmark,
        "value": round(value, 3),
        "unit": unit,
        "against": against,
        "ratio": round(ratio, 3),
        "target": target,
        "met": met,
    }
    print(json.dumps(line), flush=True)


def run_measured(
    command: Sequence[str], environment: Mapping[str, str], *, looks: bool = True
) -> Measured:
    """Run a command to its end, and measure it.

    The memory is that of the process and its descendants together, pages that they share counted
    once: what the machine must have. Looking at it costs a process that has children a tenth of its
    time, so this does not look at those whose seconds alone count (`looks` is false: the memory is
    that of the process alone). Raises RuntimeError, with the end of what it printed, if it fails.
    """
    with tempfile.TemporaryFile() as output:
        started = time.monotonic()
        process = subprocess.Popen(
            list(command), env=dict(environment), stdout=output, stderr=subprocess.STDOUT
        )
        with _watching(process.pid) if looks else nullcontext([0.0]) as peaks:
            # Ended, but not yet waited for: its account of what was read is still there.
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        seconds = time.monotonic() - started
        read_mib = _read_mib(process.pid)
        # wait4 gives the usage of this child alone; getrusage that of the largest of all.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            said = output.read()[-3000:].decode(errors="replace")
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {said}")
    return Measured(seconds, max(usage.ru_maxrss / 1024, *peaks), read_mib)


@contextmanager
def _watching(pid: int) -> Iterator[list[float]]:
    """Look now and then how much memory a process has that has children, in MiB; 0 to begin with.

    Of one that has none, the system itself knows the peak.
    """
    ended = threading.Event()
    peaks = [0.0]

    def watch() -> None:
        pause = _LOOK_SECONDS
        while not ended.wait(pause):
            began = time.monotonic()
            with suppress(OSError):  # One may end between two looks.
                tree = _tree(str(pid))
                if len(tree) > 1:
                    peaks.append(sum(map(_proportional_mib, tree)))
            pause = max(_LOOK_SECONDS, (time.monotonic() - began) / _LOOKING_SHARE)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        ended.set()
        thread.join()


def _tree(pid: str) -> list[str]:
    """List a process and its descendants, whichever of their threads began them."""
    files = Path(f"/proc/{pid}/task").glob("*/children")
    children = [child for file in files for child in file.read_text().split()]
    return [pid, *(each for child in children for each in _tree(child))]


def _proportional_mib(pid: str) -> float:
    """Read a process's memory, of shared pages its share."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.partition("\nPss:")[2].split()[0]) / 1024


def _read_mib(pid: int) -> float:
    """Read how much a process, and children that it waited for, have read."""
    text = Path(f"/proc/{pid}/io").read_text()
    return int(text.partition("rchar:")[2].split()[0]) / 2**20
