"""Inheritance against the simplest definition of it, on cities nobody wrote by hand."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.inventory import load
from tests.inventory.cities import CITY, DISTRICT, FOLDER, X, compound, device, devices, line, write

pytestmark = pytest.mark.property

LEVELS = ("city", "district", "compound", "group", "device")
# Field → a strategy for its value as YAML; "null" takes it out of management.
FIELDS = {
    "ntp_port": st.sampled_from(["123", "1123", "null"]),
    "cloud_enabled": st.sampled_from(["true", "false", "null"]),
    "osd_text": st.sampled_from(["甲", "乙", "~"]),
    "time_mode": st.sampled_from(["ntp", "manual", "null"]),
}
SAID = st.fixed_dictionaries({}, optional=FIELDS)
CITIES = st.fixed_dictionaries({level: SAID for level in LEVELS})
VALUES = {"true": True, "false": False, "123": 123, "1123": 1123, "null": None, "~": None}


def _mapping(said: dict[str, str]) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in said.items()) + "}"


def _write(root: Path, said: dict[str, dict[str, str]]) -> Path:
    """A city whose five levels say what they say about cameras."""
    camera = {level: f"{{camera: {_mapping(said[level])}}}" for level in LEVELS}
    city = CITY[: CITY.index("settings:")] + f"settings: {camera['city']}\n"
    return write(
        root,
        {
            "city.yaml": city,
            f"{FOLDER}/district.yaml": DISTRICT + f"settings: {camera['district']}\n",
            X: compound(
                settings=f"settings: {camera['compound']}\n",
                groups=f"groups: {{g: {{settings: {camera['group']}}}}}\n",
                devices=devices(
                    x_cam_01=line("x-cam-01", group="g", settings=_mapping(said["device"]))
                ),
            ),
        },
    )


@settings(max_examples=60, deadline=None)
@given(said=CITIES)
def test_the_last_word_counts(said: dict[str, dict[str, str]]) -> None:
    """Walk the levels from the city down and let each overwrite: that is all inheritance is."""
    wanted: dict[str, object] = {}
    words: dict[str, list[object]] = {}
    for level in LEVELS:
        for name, value in said[level].items():
            wanted[name] = VALUES.get(value, value)
            words.setdefault(name, []).insert(0, wanted[name])

    with tempfile.TemporaryDirectory() as folder:
        found = load(_write(Path(folder), said))
    camera = device(found, "x-cam-01")

    assert {n: v for n, v in wanted.items() if v is not None} == dict(camera.settings)
    assert {n: len(w) for n, w in words.items()} == {n: len(p) for n, p in camera.origins.items()}
    for name, values in words.items():
        assert values == [t.value for t in found.traces["x-cam-01"][name]]


@settings(max_examples=40, deadline=None)
@given(said=CITIES)
def test_the_same_files_are_the_same_city(said: dict[str, dict[str, str]]) -> None:
    """Reading twice, and in another folder, changes nothing."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        assert load(_write(Path(one), said)) == load(_write(Path(two), said))


@settings(max_examples=40, deadline=None)
@given(said=CITIES, level=st.sampled_from(LEVELS))
def test_content_changes_with_every_word(said: dict[str, dict[str, str]], level: str) -> None:
    """What any level says is part of what a plan is sealed over."""
    other = {k: dict(v) for k, v in said.items()}
    other[level]["channel_name"] = "另一个"

    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        first, second = load(_write(Path(one), said)), load(_write(Path(two), other))

    contents = [f.require().compound("x").content for f in (first, second)]
    assert contents[0] != contents[1]
