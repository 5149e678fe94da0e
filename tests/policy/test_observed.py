"""Clause 14 on what a reader really accepts, and which ways force biometrics at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.model.device import Device
from fleet.model.diagnostic import Severity
from fleet.model.settings import BIOMETRIC
from fleet.policy import judge_observed
from fleet.policy.rules.biometric import forces_biometrics
from tests.inventory.cities import device, loaded

PLAIN = ("card", "id_card", "password", "qr", "plate")
WAYS = st.lists(
    st.sampled_from((*PLAIN, *sorted(BIOMETRIC))), min_size=1, max_size=3, unique=True
).map("+".join)


@pytest.fixture
def reader(tmp_path: Path) -> Device:
    """A door reader that is declared to open by card or face."""
    return device(loaded(tmp_path), "x-door-01")


@pytest.mark.parametrize(
    ("ways", "forced"),
    [
        ([], False),
        (["card"], False),
        (["face"], True),
        (["face", "fingerprint"], True),
        (["face+card"], True),
        (["face+card", "fingerprint+password"], True),
        (["card+password"], False),
        (["card", "face"], False),
        (["face+card", "password"], False),
        (["iris"], True),
    ],
)
def test_which_ways_force_biometrics(ways: list[str], forced: bool) -> None:
    """Every way needs one: that is force; one way without is enough to be lawful."""
    assert forced is forces_biometrics(ways)


@given(ways=st.lists(WAYS, max_size=5))
def test_a_way_without_biometrics_always_frees(ways: list[str]) -> None:
    """Adding a plain way makes any reader lawful; order never matters."""
    assert not forces_biometrics([*ways, "card"])
    assert forces_biometrics(ways) is forces_biometrics(list(reversed(ways)))


@given(ways=st.lists(WAYS, min_size=1, max_size=5))
def test_forced_means_nobody_passes_with_a_card_alone(ways: list[str]) -> None:
    """Against the definition: is there a way whose every part is no biometric?"""
    free = any(all(part not in BIOMETRIC for part in way.split("+")) for way in ways)

    assert free is not forces_biometrics(ways)


def test_an_unlawful_reader_is_cited(reader: Device) -> None:
    """Face only, as read back, though the inventory says otherwise: rule 14, an error."""
    finding = judge_observed(reader, ["face"])

    assert finding is not None
    assert (
        finding.code,
        finding.clause,
        finding.severity,
    ) == ("BIOMETRIC-14", "14", Severity.ERROR)
    assert (finding.compound, finding.device, finding.field) == ("x", "x-door-01", "auth_ways")
    assert "face" in finding.summary.en
    assert reader.origins["auth_ways"][0] == finding.position


def test_a_lawful_or_unknown_reader_is_not(reader: Device) -> None:
    """What cannot be read is unknown, never assumed."""
    assert judge_observed(reader, ["card", "face"]) is None
    assert judge_observed(reader, []) is None
    assert judge_observed(reader, None) is None


def test_a_reader_whose_ways_nobody_declared(tmp_path: Path) -> None:
    """The finding stands at the device's line."""
    unmanaged = device(loaded(tmp_path, settings="settings: {door: {auth_ways: ~}}\n"), "x-door-01")
    bare = unmanaged.model_copy(update={"origins": {}})

    finding = judge_observed(bare, ["face"])

    assert finding is not None
    assert bare.position == finding.position
