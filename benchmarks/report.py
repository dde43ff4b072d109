"""One JSON line a benchmark, and a child process measured alone."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence


def report(
    benchmark: str, value: float, unit: str, *, against: str, ratio: float, target: str, met: bool
) -> None:
    """Print one result; `ratio` is this side's figure over `against`'s, in the same run."""
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


def run_measured(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Run a command to its end; returns its seconds and its own peak memory in MiB.

    Raises RuntimeError, with the end of what it printed, if it fails.
    """
    with tempfile.TemporaryFile() as output:
        started = time.monotonic()
        process = subprocess.Popen(
            list(command), env=dict(environment), stdout=output, stderr=subprocess.STDOUT
        )
        # wait4 gives the usage of this child alone; getrusage gives the largest of all children.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            said = output.read()[-3000:].decode(errors="replace")
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {said}")
    return seconds, usage.ru_maxrss / 1024
