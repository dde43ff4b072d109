"""sqlfluff, whose rules of layout share what they all work out first: `python -m tests.style lint`.

Four rules look at the whole file as a sequence of blocks and gaps, and each makes one of its own of
the same tree; that was two thirds of the time of the rules. A tree never changes: what fixes it
makes another.
"""

import sys

from sqlfluff.cli.commands import cli
from sqlfluff.core import FluffConfig
from sqlfluff.core.parser import BaseSegment
from sqlfluff.utils.reflow.sequence import ReflowSequence

_of_root = ReflowSequence.from_root
_last: list[tuple[BaseSegment, FluffConfig, ReflowSequence]] = []


def _from_root(root_segment: BaseSegment, config: FluffConfig) -> ReflowSequence:
    for segment, known, sequence in _last:
        if segment is root_segment and known is config:
            return sequence
    sequence = _of_root(root_segment, config)
    _last[:] = [(root_segment, config, sequence)]
    return sequence


def main() -> None:
    """Run sqlfluff's command line."""
    ReflowSequence.from_root = _from_root
    cli()


if __name__ == "__main__":
    sys.exit(main())
