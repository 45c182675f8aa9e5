"""Which of several ways to a target is told."""

from __future__ import annotations

from flake8_stateid.analysis.summaries import Sink
from flake8_stateid.analysis.values import Hop, Trace
from tests.analysis.running import module

MODULE = module("a\nb\nc\nd\n")
OTHER = module("a\n")


def way(*stations: tuple[int, str]) -> Trace:
    """A way over rows of the module; a name that is not empty is a target."""
    return tuple(Hop(MODULE, MODULE.tree.body[row], f"row {row}", name) for row, name in stations)


def test_the_deepest_way_with_the_same_first_target() -> None:
    first = way((0, "state_id"))
    sink = Sink(first, used=False)
    deeper = way((0, "state_id"), (1, ""))
    sink.add(deeper, used=False)
    sink.add(first, used=False)
    assert (sink.first, sink.deepest) == (first, deeper)


def test_a_way_that_goes_in_circles_is_no_deeper_for_it() -> None:
    deep = way((0, "state_id"), (1, ""), (2, ""))
    for ways in (
        (deep, way((0, "state_id"), *[(1, "")] * 4)),
        (way(*[(0, "state_id")] * 4), deep),
    ):
        sink = Sink(ways[0], used=False)
        sink.add(ways[1], used=False)
        assert sink.deepest == deep


def test_a_shorter_way_to_a_first_target_replaces_a_longer_one() -> None:
    sink = Sink(way((0, ""), (1, "state_id")), used=False)
    shorter = way((2, "state_id"))
    sink.add(shorter, used=False)
    assert (sink.first, sink.deepest) == (shorter, shorter)
    sink.add(way((0, ""), (0, ""), (3, "state_id")), used=False)
    assert sink.first == shorter


def test_of_two_as_short_the_one_further_up_in_the_file() -> None:
    upper, lower = way((0, "state_id")), way((1, "state_id"))
    for one, other in ((upper, lower), (lower, upper)):
        sink = Sink(one, used=False)
        sink.add(other, used=False)
        assert sink.first == upper


def test_of_two_as_short_in_two_files_the_first_met() -> None:
    first = way((1, "state_id"))
    sink = Sink(first, used=False)
    sink.add((Hop(OTHER, OTHER.tree.body[0], "elsewhere", "state_id"),), used=False)
    assert sink.first == first


def test_ways_without_a_target_on_them_count_by_their_length() -> None:
    long, short = way((0, ""), (1, "")), way((0, ""))
    sink = Sink(long, used=False)
    sink.add(short, used=False)
    assert sink.first == long  # neither leads to a place that differs
    assert sink.deepest == long


def test_one_use_is_a_use() -> None:
    sink = Sink(way((0, "state_id")), used=False)
    sink.add(way((0, "state_id")), used=True)
    sink.add(way((0, "state_id")), used=False)
    assert sink.used
