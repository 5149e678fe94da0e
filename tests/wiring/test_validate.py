"""Validation with the drivers' knowledge, from files to findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import load
from fleet.model.device import Device
from fleet.model.diagnostic import Diagnostic, Severity
from fleet.model.errors import InventoryError
from fleet.model.exitcodes import ExitCode
from fleet.wiring.build import load_city
from fleet.wiring.validate import UNWRITABLE, verdict_on, writable_check
from tests.inventory.cities import EXAMPLE, X, at, compound, devices, line, place, write

IMPOSSIBLE = "settings:\n  door: {auth_ways: [card, id_card, qr]}\n"


def unwritable(root: Path, **sections: str) -> list[Diagnostic]:
    """The findings of the drivers in the small city with some sections replaced."""
    verdict = verdict_on(write(root, {X: compound(**sections)}))
    return [f for f in verdict.inventory if f.code == UNWRITABLE]


def test_a_set_of_ways_that_no_reader_has_passed_validate_and_failed_at_apply(
    tmp_path: Path,
) -> None:
    """Symptom: `write_refused: no verify mode is exactly …` after hours of rollout."""
    verdict = verdict_on(write(tmp_path, {X: compound(settings=IMPOSSIBLE)}))
    (found,) = verdict.inventory

    assert verdict.exit_code is ExitCode.INVENTORY
    assert (found.code, found.severity) == (UNWRITABLE, Severity.ERROR)
    assert (found.compound, found.device, found.field) == ("x", "x-door-01", "auth_ways")
    assert at(found) == place(compound(settings=IMPOSSIBLE), "[card, id_card, qr]")
    assert "card, face, password" in found.summary.en
    assert "可选" in found.summary.zh


def test_no_verb_loads_a_city_with_a_value_that_cannot_be_written(tmp_path: Path) -> None:
    """Symptom: `fleet plan` showed the change as exact; now it is refused unread."""
    with pytest.raises(InventoryError) as caught:
        load_city(write(tmp_path, {X: compound(settings=IMPOSSIBLE)}))

    assert [d.code for d in caught.value.diagnostics] == [UNWRITABLE]


def test_the_value_is_blamed_where_it_stands(tmp_path: Path) -> None:
    """Goal: the nearest level is named, not the one that it overrides."""
    own = line("x-door-01", settings="{auth_ways: [qr]}")
    (found,) = unwritable(tmp_path, settings=IMPOSSIBLE, devices=devices(x_door_01=own))
    content = compound(settings=IMPOSSIBLE, devices=devices(x_door_01=own))

    assert at(found) == place(content, "[qr]")


def test_an_unmanaged_field_is_not_judged(tmp_path: Path) -> None:
    """Goal: null takes an inherited impossible value away."""
    own = line("x-door-01", settings="{auth_ways: null}")

    assert unwritable(tmp_path, settings=IMPOSSIBLE, devices=devices(x_door_01=own)) == []


def test_a_text_too_long_in_octets_is_found(tmp_path: Path) -> None:
    """Goal: 200 Chinese characters are 600 octets, which no sysContact holds."""
    given = f"settings:\n  gate: {{contact: {'东' * 200}}}\n"
    (found,) = unwritable(tmp_path, settings=given)

    assert "600 octets" in found.summary.en
    assert found.device == "x-gate-01"


def test_a_driver_that_is_not_there_is_found(tmp_path: Path) -> None:
    """Goal: a mistyped driver is a fault of the line, not a crash in a plan."""
    (found,) = unwritable(tmp_path, devices=devices(x_cam_01=line("x-cam-01", driver="isapii")))

    assert "isapii" in found.summary.en
    assert "isapi, snmp" in found.fix.en
    assert found.field == "driver"


def test_a_driver_of_another_protocol_has_none_of_the_fields(tmp_path: Path) -> None:
    """Goal: a door over SNMP would be read as nothing and never converge."""
    found = unwritable(tmp_path, devices=devices(x_door_01=line("x-door-01", driver="snmp")))

    assert [f.field for f in found] == ["auth_ways"]
    assert "a door has no auth_ways over SNMP" in found[0].summary.en


def test_other_faults_of_the_file_and_unwritable_values_are_told_in_one_run(
    tmp_path: Path,
) -> None:
    """Goal: one correction, one run."""
    files = {X: compound(settings=IMPOSSIBLE, centre="centre: 1\n")}

    found = {f.code for f in verdict_on(write(tmp_path, files)).inventory}

    assert found == {"wrong-type", UNWRITABLE}


def test_the_example_can_be_written_as_it_stands() -> None:
    """Goal: what is shown to newcomers holds; and the check looks at every device of it."""
    seen = []
    check = writable_check()

    def counted(device: Device) -> list[Diagnostic]:
        seen.append(device)
        return list(check(device))

    found = load(EXAMPLE, counted)

    assert [d for d in found.diagnostics if d.code == UNWRITABLE] == []
    assert len(seen) == len(list(found.require().devices())) == 44
