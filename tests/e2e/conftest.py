"""One city for all that needs a whole one: brought to its plan once, under observation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.day import Day, kill_amid_devices, kill_amid_servers, looked_at, undisturbed
from tests.support.line import line_up


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """A whole day: killed amid devices and amid servers, then undisturbed, then looked at."""
    folder = tmp_path_factory.mktemp("day")
    temp = folder / "temp"
    temp.mkdir(mode=0o700)
    with line_up(folder, TMPDIR=str(temp)) as line:
        found = Day(line, temp)
        kill_amid_devices(found, folder)
        kill_amid_servers(found, folder, "340722")
        undisturbed(found, folder)
        looked_at(found, folder)
        yield found
