"""The reader and the model agree on every setting: what one takes the other takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from fleet.inventory.bind import bind
from fleet.inventory.bound import Bound, Template
from fleet.inventory.reader import parse
from fleet.inventory.scope import Scope
from fleet.inventory.shapes.meaning import MEANING, VALUES
from fleet.inventory.shapes.settings import settings_shape
from fleet.model.device import DeviceKind
from fleet.model.secret import SecretRef
from fleet.model.settings import SETTINGS_OF
from tests.inventory.cities import device, devices, line, loaded

GB = '"34070501011327000001"'
# YAML text → the value that the model is given.
SAMPLES: dict[str, object] = {
    "0": 0,
    "1": 1,
    "60": 60,
    "61": 61,
    "100": 100,
    "101": 101,
    "255": 255,
    "256": 256,
    "65535": 65535,
    "65536": 65536,
    "604800": 604800,
    "604801": 604801,
    "-1": -1,
    "true": True,
    "false": False,
    "auto": "auto",
    "keep_open": "keep_open",
    "ntp": "ntp",
    "platform": "platform",
    "UTC+08:00": "UTC+08:00",
    "127.0.0.1": "127.0.0.1",
    "3407050000": "3407050000",
    "x" * 32: "x" * 32,
    "x" * 33: "x" * 33,
    "x" * 255: "x" * 255,
    "x" * 256: "x" * 256,
    "[card, face+card]": ["card", "face+card"],
    "[card, klingel]": ["card", "klingel"],
    "[]": [],
    GB: GB.strip('"'),
    f"[{GB}]": [GB.strip('"')],
    "secret://vault/a": SecretRef.parse("secret://vault/a"),
}
FIELDS = [(kind, name) for kind, model in SETTINGS_OF.items() for name in model.model_fields]
# Forms that the model leaves open and the inventory does not.
NARROWER = {"time_zone", "ntp_server", "gb_server_address", "gb_server_domain"}


def _bind(kind: DeviceKind, name: str, text: str) -> Bound | None:
    """What the reader makes of one setting; None where it notes a fault."""
    scope = Scope("f.yaml")
    node = parse(f"{name}: {text}\n", scope)
    assert node is not None
    bound = bind(node, settings_shape(kind), scope)
    return bound if not scope.findings else None


def _model_takes(kind: DeviceKind, name: str, value: object) -> bool:
    try:
        SETTINGS_OF[kind].model_validate({name: value}, strict=True)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_reader_and_model_take_the_same(kind: DeviceKind, name: str) -> None:
    """Every sample on every field: bounds, lengths, names and types are the model's own.

    A literal for a secret is the one exception: it passes the reader, so that the rules can
    refuse it.
    """
    taken = 0
    for text, value in SAMPLES.items():
        bound = _bind(kind, name, text)
        read = bound is not None
        if bound is not None and bound.values.get(name) == Template(""):
            assert not text.startswith("secret://")
            continue
        # A text field keeps digits, words and references as they were written.
        given = text if bound is not None and isinstance(bound.values[name], str) else value
        given = value if given == text and isinstance(value, str) else given
        if name in NARROWER and not read:
            continue
        assert read is _model_takes(kind, name, given), (text, read)
        taken += read
    assert taken


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_null_is_a_word_of_its_own(kind: DeviceKind, name: str) -> None:
    """Every setting can be taken out of management."""
    bound = _bind(kind, name, "null")

    assert bound is not None
    assert frozenset({name}) == bound.nulls
    assert dict(bound.values) == {}


def test_every_setting_is_explained_and_nothing_else() -> None:
    """An explanation without a field would be left over from a rename."""
    assert {name for _, name in FIELDS} == set(MEANING)
    assert set(VALUES) <= set(MEANING)


@pytest.mark.parametrize("zone", ["UTC+08:00", "UTC-03:30", "UTC+14:00", "UTC+00:00"])
def test_time_zones(zone: str) -> None:
    """Hours east of UTC, as the model documents them."""
    assert _bind(DeviceKind.CAMERA, "time_zone", zone) is not None


@pytest.mark.parametrize("zone", ["UTC+8", "UTC+15:00", "CST-8:00:00", "UTC08:00", "UTC+08:60"])
def test_what_is_no_time_zone(zone: str) -> None:
    """The POSIX form of a device is the driver's business."""
    assert _bind(DeviceKind.CAMERA, "time_zone", zone) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "ntp.example", "fe80::1", "a"])
def test_hosts(host: str) -> None:
    """Addresses and names."""
    assert _bind(DeviceKind.CAMERA, "ntp_server", f'"{host}"') is not None


@pytest.mark.parametrize("host", ["-o", "a b", "$(id)", "a/b", "", "a;b", "http://a", "a-"])
def test_what_is_no_host(host: str) -> None:
    """Nothing that a shell, a URL or an option parser would take for something else."""
    assert _bind(DeviceKind.CAMERA, "ntp_server", f'"{host}"') is None


@pytest.mark.parametrize(
    "word", ["--help", "a b", "a/b", "../a", "a.b", "A", "_a", "a-", "-a", "a_b", "é", "a" * 61, ""]
)
def test_what_is_no_id(tmp_path: Path, word: str) -> None:
    """A device id goes into file names, secrets and steps: none of these may."""
    found = loaded(
        tmp_path,
        devices=devices(
            x_2=line("x-cam-01", id=f'"{word}"', address="127.0.1.2", gb_id="null", serial="S2")
        ),
    )

    assert "id" in [d.field for d in found.diagnostics]


def test_a_good_id_is_taken(tmp_path: Path) -> None:
    """The neighbour of the faults above."""
    extra = line("x-cam-01", id="9-b-c", address="127.0.1.2", gb_id="null", serial="S2")

    assert device(loaded(tmp_path, devices=devices(x_2=extra)), "9-b-c").id == "9-b-c"


@pytest.mark.parametrize(
    "name", ["../vault.yaml", "/etc/passwd", "a/b", "..", ".hidden", "a b", ""]
)
def test_the_vault_lies_beside_city_yaml(tmp_path: Path, name: str) -> None:
    """No path leads the secrets' reader out of the city."""
    from fleet.inventory import load
    from tests.inventory.cities import CITY, write

    city = CITY + f'secrets: {{vault: "{name}"}}\n'

    found = load(write(tmp_path, {"city.yaml": city}))

    assert [d.code for d in found.diagnostics] == ["wrong-type"]
