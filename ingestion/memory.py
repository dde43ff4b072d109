"""Keeping a long-running process small."""

import ctypes
import sys

import pyarrow as pa

# glibc's mallopt(3).
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_LARGE_BYTES = 512 << 10


def give_freed_memory_back() -> None:
    """Have what is freed given back to the system, not kept for later by every thread.

    Without this a lander that holds 64 MB of messages at a time grows to thrice that, and differs
    from run to run. Only glibc has these settings; elsewhere this changes Arrow's allocator alone.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            libc.mallopt(_M_ARENA_MAX, 2)
            libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
