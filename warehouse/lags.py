"""Lags: how long things took, told by those that took longest."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

_QUANTILES = (0.50, 0.95, 0.99)


class Lags(msgspec.Struct):
    """Seconds within which so many of a hundred were done."""

    p50: float
    p95: float
    p99: float


def percentiles(lags: "Iterable[float] | pa.ChunkedArray[Any]") -> Lags | None:
    """Give the percentiles of lags (seconds, in any order); None if there are none.

    Each is a lag that occurred, the next greater one where it falls between two: of three lags, the
    longest is p95.
    """
    values: Any = lags if isinstance(lags, pa.ChunkedArray) else pa.array(lags, pa.float64())
    if not len(values):
        return None
    of: Any = pc.quantile  # Its stubs know one quantile at a time.
    return Lags(*of(values, _QUANTILES, interpolation="higher").to_pylist())
