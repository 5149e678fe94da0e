"""The reference page says what the drivers say of themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.drivers.isapi.values import VERIFY_MODES
from fleet.drivers.registry import BUILT_IN, drivers
from fleet.model.device import DeviceKind
from fleet.model.settings import SETTINGS_OF, WRITE_ONLY

DOCS = Path(__file__).parents[2] / "docs" / "reference"
PAGE = DOCS / "drivers.md"
BEGIN, END = "<!-- capabilities: begin -->\n", "<!-- capabilities: end -->\n"


def table() -> str:
    """The capability table in Markdown, in writing order."""
    lines = [
        "| kind | driver | step | resource | field | read | write | proof |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for kind in DeviceKind:
        for name in sorted(BUILT_IN):
            for number, resource in enumerate(drivers()[name].resources(kind), start=1):
                for spec in resource.fields:
                    cells = (
                        kind.value,
                        name,
                        str(number),
                        resource.name,
                        spec.name,
                        "yes" if spec.readable else "no",
                        "yes" if spec.writable else "no",
                        spec.proof or "read-back",
                    )
                    lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def test_the_page_has_the_table_that_the_drivers_give() -> None:
    """Goal: the documented capabilities are the real ones; the failure shows the right table."""
    page = PAGE.read_text(encoding="utf-8")
    written = page.partition(BEGIN)[2].partition(END)[0]

    assert written == table()


@pytest.mark.parametrize("kind", DeviceKind)
def test_every_setting_of_a_kind_has_a_driver_that_writes_it(kind: DeviceKind) -> None:
    """Goal: no canonical field is without a driver, and no driver has a field of its own."""
    carried = {
        spec.name
        for name in BUILT_IN
        for resource in drivers()[name].resources(kind)
        for spec in resource.fields
        if spec.writable
    }

    assert carried == set(SETTINGS_OF[kind].model_fields)


def test_write_only_fields_name_their_proof() -> None:
    """Goal: what cannot be read back is settled by something."""
    for name in BUILT_IN:
        for kind in DeviceKind:
            for resource in drivers()[name].resources(kind):
                for spec in resource.fields:
                    assert spec.readable is (spec.name not in WRITE_ONLY)
                    assert (spec.proof is None) is spec.readable


@pytest.mark.parametrize("page", ["drivers.md", "inventory.md"])
def test_every_set_of_ways_that_a_door_can_have_is_on_the_page(page: str) -> None:
    """Goal: the possible sets can be looked up before one is chosen."""
    words = (DOCS / page).read_text(encoding="utf-8")

    for ways in VERIFY_MODES.values():
        given = ", ".join(ways)
        assert f"`[{given}]`" in words or f"`{given}`" in words
