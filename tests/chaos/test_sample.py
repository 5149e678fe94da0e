"""A sample of `make chaos`: a few kills amid the writes, each recovered to the same end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.chaos.rounds import Logs, Point, differences, disturbed, fresh, undisturbed
from tests.support.line import Line, line_up

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(420)]


# One compound without servers, and one recorder whose district's servers come up before it.
DEVICES = ("lianhu",)
SERVERS = ("cuihu-nvr-01",)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A city's devices in their boxes."""
    with line_up(tmp_path_factory.mktemp("chaos")) as up:
        yield up


@pytest.fixture(scope="module")
def base(line: Line) -> dict[tuple[str, ...], tuple[float, Logs]]:
    """Undisturbed applies: how long each took and what the devices' own logs say."""
    found: dict[tuple[str, ...], tuple[float, Logs]] = {DEVICES: undisturbed(line, DEVICES)}
    fresh(line)
    found[SERVERS] = undisturbed(line, SERVERS)
    return found


@pytest.mark.parametrize(
    "point",
    [
        Point(0.15, "engine", targets=SERVERS),
        Point(0.35, "tree", "lianhu-cam-03", by_writes=True, targets=DEVICES),
        Point(0.75, "fork", by_writes=True, targets=DEVICES),
    ],
    ids=lambda point: point.role,
)
def test_an_apply_killed_comes_to_the_same_end(
    line: Line, base: dict[tuple[str, ...], tuple[float, Logs]], point: Point
) -> None:
    """After recover, resume and apply: at the plan, chain whole, each field as often as ever."""
    done = disturbed(line, point, *base[point.targets])

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
