"""`python -m benchmarks [NAME]`: every benchmark, or one of them."""

import sys

from benchmarks import gateway, landing, pubsub, recommendations, scale, speed

_BENCHMARKS = {
    "landing": landing.main,
    "pubsub": pubsub.main,
    "gateway": gateway.main,
    "scale": scale.main,
    "speed": speed.main,
    "recommendations": recommendations.main,
}

if __name__ == "__main__":
    names = sys.argv[1:] or list(_BENCHMARKS)
    if unknown := [name for name in names if name not in _BENCHMARKS]:
        sys.exit(f"No benchmark is named {unknown[0]}: there are {', '.join(_BENCHMARKS)}.")
    for name in names:
        _BENCHMARKS[name]([])
