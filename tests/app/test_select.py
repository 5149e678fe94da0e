"""`--target`: globs over compounds and devices."""

from __future__ import annotations

import pytest

from fleet.app.select import select
from fleet.model.device import DeviceKind
from fleet.model.errors import UsageError
from fleet.model.exitcodes import ExitCode
from tests.support.fakes_city import city, compound, device

CITY = city(
    [
        compound("c1", [device("c1-cam-1"), device("c1-door-1", DeviceKind.DOOR)]),
        compound("c2", [device("c2-cam-1"), device("c2-cam-2")]),
        compound("c3", []),
    ]
)


def chosen(*targets: str) -> dict[str, list[str]]:
    """Device ids by compound."""
    return {c.id: [d.id for d in ds] for c, ds in select(CITY, targets)}


def test_without_a_target_all_are_chosen() -> None:
    """Also a compound without devices."""
    assert chosen() == {
        "c1": ["c1-cam-1", "c1-door-1"], "c2": ["c2-cam-1", "c2-cam-2"], "c3": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("targets", "wanted"),
    [
        (["c1"], {"c1": ["c1-cam-1", "c1-door-1"]}),
        (["c[23]"], {"c2": ["c2-cam-1", "c2-cam-2"], "c3": []}),
        (["c2-cam-2"], {"c2": ["c2-cam-2"]}),
        (["*-cam-1"], {"c1": ["c1-cam-1"], "c2": ["c2-cam-1"]}),
        (["c1-door-?"], {"c1": ["c1-door-1"]}),
        (["c1-cam-1", "c2"], {"c1": ["c1-cam-1"], "c2": ["c2-cam-1", "c2-cam-2"]}),
        (["c1", "c1-cam-1"], {"c1": ["c1-cam-1", "c1-door-1"]}),
        (["*"], {"c1": ["c1-cam-1", "c1-door-1"], "c2": ["c2-cam-1", "c2-cam-2"], "c3": []}),
    ],
)
def test_globs_choose_compounds_or_devices(
    targets: list[str], wanted: dict[str, list[str]]
) -> None:
    """A compound's name takes all of it; a device's name takes that device alone."""
    assert chosen(*targets) == wanted


@pytest.mark.parametrize("target", ["c9", "C1", "c1-cam", "", "c1/", "[", "*-gate-*"])
def test_a_target_that_matches_nothing_is_a_usage_error(target: str) -> None:
    """Exit 64, naming it, also beside one that matches."""
    with pytest.raises(UsageError) as caught:
        select(CITY, ["c1", target])

    assert caught.value.exit_code is ExitCode.USAGE
    assert f"--target {target} matches no" in caught.value.summary.en
    assert caught.value.fix is not None
