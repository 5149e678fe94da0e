"""An apply over a link, killed when the link has taken its change: the same end, written once.

The switch speaks VRP8, which tells what became of a trial; a Comware one cannot, and its whole
trial would have to be waited out.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.rounds import Logs, Point, disturbed, undisturbed
from tests.support.line import Line
from tests.support.link_line import BEHIND, SWITCH, link_line_up

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(420)]

CHAIN = (SWITCH, BEHIND)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A switch and a camera behind it, among others."""
    with link_line_up(tmp_path_factory.mktemp("chaos-links")) as up:
        yield up


@pytest.fixture(scope="module")
def base(line: Line) -> tuple[float, Logs]:
    """What an undisturbed apply takes and writes."""
    return undisturbed(line, CHAIN)


def test_killed_after_a_confirmation_it_comes_to_the_same_end(
    line: Line, base: tuple[float, Logs]
) -> None:
    """The change is confirmed; whether it is saved and settled is for resume to find out."""
    point = Point(0.1, "fork", by_writes=True, targets=CHAIN)

    done = disturbed(line, point, *base)

    assert done.killed
    assert done.wrong == ()
