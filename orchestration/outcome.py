"""How a step, or a whole night, ended."""

import msgspec

# It runs; or it did, and its process is gone.
RUNNING, DIED = "running", "died"
# All is well; nothing was there to be done.
DONE, SKIPPED = "done", "skipped"
# The night goes on, and something is missing: repeating the step may complete it.
INCOMPLETE = "incomplete"
# Its time has not come yet.
WAITING = "waiting"
# The night does not go on.
FAILED, STOPPED = "failed", "stopped"
# The deadline came before the day was published.
LATE = "late"
# It may come.
WARNING = "warning"
# A later night is published.
SUPERSEDED = "superseded"

# So much is there that the next step may begin.
SUFFICIENT = frozenset({DONE, SKIPPED, INCOMPLETE})
# The process' exit code, by how the whole night ended.
EXIT_CODES = {
    DONE: 0,
    SUPERSEDED: 0,
    FAILED: 1,
    STOPPED: 1,
    INCOMPLETE: 3,
    LATE: 4,
}
# Another night run has the lock.
EXIT_LOCKED = 5


class Outcome(msgspec.Struct):
    """How something ended, in words without personal data."""

    state: str
    message: str = ""
    # of what is not well: a word for programs, such as disk_full
    reason: str | None = None
    # the build that was made or published
    build_id: str | None = None
    figures: dict[str, int] = {}
