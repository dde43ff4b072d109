"""Keeping a long-running process small."""

import ctypes
import sys

# glibc's mallopt(3).
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_LARGE_BYTES = 512 << 10


def give_freed_memory_back() -> None:
    """Have the system's allocator give back what is freed, not keep it for every thread.

    Without this a lander that holds 48 MB of messages at a time grows to several times that, and
    differs from run to run. It costs time where much is copied. Only glibc has these settings.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            libc.mallopt(_M_ARENA_MAX, 2)
            libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
