"""Every command of the tutorial and the how-tos is run, in order, against simulated devices.

The tutorial makes a city, the how-tos go on with it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.docs.pages import blocks
from tests.docs.reader import PAGE_S, Reader, reader
from tests.docs.reference import ROOT

# In the order in which a reader could follow them: each finds the city as the one before left it.
FOLLOWED = (
    "docs/tutorial.md",
    "docs/how-to/bring-in-a-camera.md",
    "docs/how-to/bring-in-a-switch.md",
    "docs/how-to/rotate-a-password.md",
    "docs/how-to/corrected-password.md",
    "docs/how-to/answer-the-call.md",
    "docs/how-to/recover-from-a-crash.md",
    "docs/how-to/hand-over-to-police.md",
    "docs/how-to/monthly-report.md",
)
NO_COMMANDS = {"docs/how-to/README.md"}


@pytest.fixture(scope="module")
def follower(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """The reader of the tutorial, who goes on with the how-tos."""
    with reader(tmp_path_factory.mktemp("docs") / "reader", "first") as found:
        yield found


def test_every_page_is_followed() -> None:
    """Goal: a new how-to cannot be forgotten here."""
    pages = {str(p.relative_to(ROOT)) for p in (ROOT / "docs/how-to").glob("*.md")}
    assert pages | {"docs/tutorial.md"} == set(FOLLOWED) | NO_COMMANDS
    for page in NO_COMMANDS:
        assert list(blocks(page, (ROOT / page).read_text("utf-8"))) == []


@pytest.mark.e2e
@pytest.mark.timeout(PAGE_S)
@pytest.mark.parametrize("page", FOLLOWED)
def test_a_page_is_true(follower: Reader, page: str) -> None:
    """Goal: whoever types what stands there gets what stands there."""
    follower.follow(page)
