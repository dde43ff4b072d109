"""A module of ours in a process of its own, which has never seen a payload."""

import signal
import subprocess
import sys
from pathlib import Path

from warehouse.errors import WarehouseError


def run_apart(module: str, *arguments: str) -> None:
    """Run `python -m MODULE …` to its end; raises WarehouseError with why that was no good one."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=Path(__file__).resolve().parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        why = done.stderr.strip()[-2000:]
        if done.returncode < 0:
            # Whoever is killed says nothing; most often it is the system, for want of memory.
            name = signal.Signals(-done.returncode).name
            why = f"{why}\nThe process that writes the file was ended by {name}.".strip()
            if name == "SIGKILL":
                why += " If memory ran out, set VITRINE_MEMORY lower and build again."
        raise WarehouseError(f"{why}\nNothing was published.")
