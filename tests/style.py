"""sqlfluff, whose rules share what they all work out of a file first: `python -m tests.style lint`.

A tree never changes while it is linted, and yet each of sixty rules walks through it, and asks it
the same questions. Here it is walked through once, and a question is answered once. What fixes a
tree makes another: that is `sqlfluff fix`, which knows nothing of this. And the project is parsed
once for the linter, the unit tests of models and every build.
"""

import gc
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dbt.config.runtime import RuntimeConfig
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import ManifestLoader
from sqlfluff.cli.commands import lint
from sqlfluff.core import FluffConfig
from sqlfluff.core.parser import BaseSegment, RawSegment
from sqlfluff.core.rules.context import RuleContext
from sqlfluff.core.rules.crawlers import SegmentSeekerCrawler
from sqlfluff.utils.reflow.sequence import ReflowSequence

from warehouse.lean_dbt import slim
from warehouse.parsed import parsed

_of_root = ReflowSequence.from_root
_walk = SegmentSeekerCrawler.crawl
_last: list[tuple[BaseSegment, FluffConfig, ReflowSequence]] = []


def _from_root(root_segment: BaseSegment, config: FluffConfig) -> ReflowSequence:
    for segment, known, sequence in _last:
        if segment is root_segment and known is config:
            return sequence
    if not _last:
        # What dbt knows of the project stays: looking through it for garbage took a third of all.
        gc.freeze()
    elif gc.get_count()[0] > 8_000_000:
        _last.clear()
        gc.collect()
    sequence = _of_root(root_segment, config)
    _last[:] = [(root_segment, config, sequence)]
    return sequence


class _Place(NamedTuple):
    segment: BaseSegment
    parents: tuple[BaseSegment, ...]
    index: int
    raws_before: int


class _Places:
    """Where a tree has which types of segments, in its order."""

    def __init__(self, root: BaseSegment) -> None:
        self._places: list[_Place] = []
        self._of_type: dict[str, list[int]] = defaultdict(list)
        self._raws = 0
        self._add(root, (), 0)

    def _add(self, segment: BaseSegment, parents: tuple[BaseSegment, ...], index: int) -> None:
        for each in segment.class_types:
            self._of_type[each].append(len(self._places))
        self._places.append(_Place(segment, parents, index, self._raws))
        if not segment.segments:
            self._raws += 1
            return
        parents += (segment,)
        for number, child in enumerate(segment.segments):
            self._add(child, parents, number)

    def of(self, types: set[str]) -> Iterator[_Place]:
        found = {number for each in types for number in self._of_type.get(each, ())}
        return (self._places[number] for number in sorted(found))


_places: list[tuple[BaseSegment, _Places]] = []


def _crawl(self: SegmentSeekerCrawler, context: RuleContext) -> Iterator[RuleContext]:
    root = context.segment
    is_plain = type(self) is SegmentSeekerCrawler and not context.parent_stack
    if not is_plain or "unparsable" in root.descendant_type_set:
        yield from _walk(self, context)
        return
    if not _places or _places[0][0] is not root:
        _places[:] = [(root, _Places(root))]
    for place in _places[0][1].of(self.types):
        if not self.allow_recurse and any(self.is_self_match(one) for one in place.parents):
            continue
        context.segment, context.parent_stack, context.segment_idx = place[:3]
        if self.provide_raw_stack:
            context.raw_stack = tuple(root.raw_segments[: place.raws_before])
        yield context


def _is_type(self: BaseSegment, *seg_type: str) -> bool:
    types = self._class_types
    return not types.isdisjoint(seg_type) or not set(seg_type).isdisjoint(
        getattr(self, "instance_types", ())
    )


def _search(
    segment: BaseSegment, types: frozenset[str], is_all: bool, closed: frozenset[str]
) -> list[BaseSegment]:
    found = []
    waiting = [segment]
    while waiting:
        one = waiting.pop()
        is_found = one is not segment and not types.isdisjoint(one.class_types)
        if is_found:
            found.append(one)
        if (is_all or not is_found) and not types.isdisjoint(one.descendant_type_set):
            waiting += [
                child for child in reversed(one.segments) if closed.isdisjoint(child.class_types)
            ]
    return found


def _recursive_crawl(
    self: BaseSegment,
    *seg_type: str,
    recurse_into: bool = True,
    no_recursive_seg_type: str | list[str] | None = None,
    allow_self: bool = True,
) -> Iterator[BaseSegment]:
    types = frozenset(seg_type)
    if allow_self and not types.isdisjoint(self.class_types):
        # Not kept among what it found: what refers to itself is garbage to look for.
        yield self
        if not recurse_into:
            return
    closed = no_recursive_seg_type or ()
    closed = frozenset((closed,) if isinstance(closed, str) else closed)
    question = (types, recurse_into, closed)
    known = self.__dict__.setdefault("_found", {})
    if question not in known:
        known[question] = _search(self, types, recurse_into, closed)
    yield from known[question]


_parse = ManifestLoader.get_full_manifest


def _manifest(config: RuntimeConfig) -> Manifest:
    """Parse as a build does, or as the builds of the loopback server do: it is BigQuery here."""
    project = Path(config.project_root)
    artifacts = project / config.project_target_path
    # `tests.googlesql.project` keeps it under that name, too.
    name = "duckdb" if config.target_name == "duckdb" else "loopback"
    manifest = parsed(project, name, artifacts, lambda: _parse(config))
    assert manifest is not None, "dbt raises what it cannot parse"
    return manifest


# What sqlfluff has, and what takes its place.
SHARED: list[tuple[type, str, Any]] = [
    (ReflowSequence, "from_root", _from_root),
    (SegmentSeekerCrawler, "crawl", _crawl),
    (BaseSegment, "recursive_crawl", _recursive_crawl),
    (BaseSegment, "is_type", _is_type),
    (RawSegment, "is_type", _is_type),
]


def main() -> None:
    """Run sqlfluff's `lint`."""
    gc.disable()
    slim()
    ManifestLoader.get_full_manifest = _manifest
    for owner, name, shared in SHARED:
        setattr(owner, name, shared)
    try:
        lint(sys.argv[2:])
    finally:
        # Nor is it looked for on the way out.
        gc.freeze()


if __name__ == "__main__":
    sys.exit(main())
