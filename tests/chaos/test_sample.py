"""A sample of `make chaos`: a few kills amid the writes, each recovered to the same end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.chaos.rounds import Logs, Point, differences, disturbed, fresh, undisturbed
from tests.support.line import Line, line_up

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Line, float, Logs]]:
    """An undisturbed apply: how long it took and what each device's own log says."""
    with line_up(tmp_path_factory.mktemp("chaos")) as line:
        fresh(line)
        took, logs = undisturbed(line)
        yield line, took, logs


@pytest.mark.parametrize(
    "point",
    [
        Point(0.15, "engine"),
        Point(0.35, "tree", "cuihu-cam-03", by_writes=True),
        Point(0.75, "fork", by_writes=True),
    ],
    ids=str,
)
def test_an_apply_killed_comes_to_the_same_end(
    base: tuple[Line, float, Logs], point: Point
) -> None:
    """After recover, resume and apply: at the plan, chain whole, each field as often as ever."""
    line, took, logs = base

    done = disturbed(line, point, took, logs)

    assert done.killed
    assert done.wrong == ()


def test_a_field_written_twice_or_never_would_be_told() -> None:
    """The comparison itself can fail."""
    base = {"cam": Counter(osd_text=1, ntp_server=1)}
    now = {"cam": Counter(osd_text=2), "other": Counter(osd_text=1)}

    assert differences(base, base) == []
    assert differences(base, now) == [
        "cam ntp_server: 1 → 0",
        "cam osd_text: 1 → 2",
        "other osd_text: 0 → 1",
    ]
