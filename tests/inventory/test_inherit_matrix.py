"""Every settings field at every level, alone, overridden and taken out by null."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from fleet.inventory import Loaded, load
from fleet.model.device import DeviceKind
from fleet.model.settings import SETTINGS_OF, WRITE_ONLY
from tests.inventory.cities import (
    CITY,
    DISTRICT,
    FOLDER,
    LINES,
    LINK_LINES,
    LINK_LOGINS,
    X,
    compound,
    device,
    write,
)

LEVELS = ("city", "district", "compound", "group", "device")
DEVICE_OF = {
    "camera": "x-cam-01",
    "door": "x-door-01",
    "gate": "x-gate-01",
    "recorder": "x-nvr-01",
    "switch": "x-sw-01",
    "router": "x-rt-01",
}
LOGINS = CITY[: CITY.index("settings:")] + LINK_LOGINS
A, B = "34070500002000000001", "34070501011187000009"
REF = "secret://vault/own"
LINK_FIELDS: list[tuple[str, str, object, str, object]] = [
    ("sysname", "翠湖", "翠湖", "a-1", "a-1"),
    ("vlans", "[100 cameras]", ["100 cameras"], "['200', 300 b]", ["200", "300 b"]),
    ("access_ports", "[GE1/0/1 vlan=1]", ["GE1/0/1 vlan=1"], "[]", []),
    ("uplink_ports", "[XGE1/0/1 vlans=2]", ["XGE1/0/1 vlans=2"], "[]", []),
    ("lldp_enabled", "true", True, "false", False),
    ("addresses", "[eth0 10.0.0.1/24]", ["eth0 10.0.0.1/24"], "[]", []),
    ("static_routes", "[10.1.0.0/16 via 10.0.0.9]", ["10.1.0.0/16 via 10.0.0.9"], "[]", []),
    ("access_list", "[permit ip any]", ["permit ip any"], "[]", []),
    ("access_list_on", "eth0", "eth0", "eth1", "eth1"),
    ("ntp_servers", "[10.0.0.9]", ["10.0.0.9"], "[]", []),
]
# kind, field, one value as YAML, what it means, another value as YAML, what that means
FIELDS: list[tuple[str, str, str, object, str, object]] = [
    ("camera", "time_mode", "ntp", "ntp", "manual", "manual"),
    ("camera", "time_zone", "UTC+08:00", "UTC+08:00", "UTC-03:30", "UTC-03:30"),
    ("camera", "ntp_server", "127.0.0.5", "127.0.0.5", "ntp.example", "ntp.example"),
    ("camera", "ntp_port", "123", 123, "1123", 1123),
    ("camera", "channel_name", "东门", "东门", "'12:30'", "12:30"),
    ("camera", "osd_text", "北门", "北门", "''", ""),
    ("camera", "cloud_enabled", "false", False, "true", True),
    ("camera", "barrier_open_s", "5", 5, "60", 60),
    ("camera", "barrier_mode", "auto", "auto", "keep_closed", "keep_closed"),
    ("door", "time_mode", "platform", "platform", "ntp", "ntp"),
    ("door", "time_zone", "UTC+00:00", "UTC+00:00", "UTC+14:00", "UTC+14:00"),
    ("door", "ntp_server", "a", "a", "'fe80::1'", "fe80::1"),
    ("door", "ntp_port", "1", 1, "65535", 65535),
    ("door", "auth_ways", "[card, face]", ["card", "face"], "[face+card]", ["face+card"]),
    ("door", "open_duration_s", "1", 1, "255", 255),
    ("gate", "open_time_s", "1", 1, "60", 60),
    ("gate", "close_delay_s", "0", 0, "60", 60),
    ("gate", "auth_ways", "[plate]", ["plate"], "[card, id_card]", ["card", "id_card"]),
    ("gate", "forced_open_alarm", "true", True, "false", False),
    ("gate", "contact", "值班岗", "值班岗", "''", ""),
    ("gate", "location", "东门", "东门", "0x10", "0x10"),
    ("recorder", "time_mode", "manual", "manual", "platform", "platform"),
    ("recorder", "time_zone", "UTC+08:00", "UTC+08:00", "UTC-12:00", "UTC-12:00"),
    ("recorder", "ntp_server", "127.0.0.5", "127.0.0.5", "'::1'", "::1"),
    ("recorder", "ntp_port", "123", 123, "0x7b", 123),
    ("recorder", "cloud_enabled", "False", False, "TRUE", True),
    ("recorder", "gb_enabled", "false", False, "true", True),
    ("recorder", "gb_server_id", f"'{A}'", A, f"'{B}'", B),
    ("recorder", "gb_server_domain", "'3407050000'", "3407050000", "3407110000", "3407110000"),
    ("recorder", "gb_server_address", "127.0.0.9", "127.0.0.9", "gb.example", "gb.example"),
    ("recorder", "gb_server_port", "5060", 5060, "65535", 65535),
    ("recorder", "gb_device_id", f"'{A}'", A, f"'{B}'", B),
    ("recorder", "gb_expires_s", "0", 0, "604800", 604800),
    ("recorder", "gb_keepalive_s", "5", 5, "3600", 3600),
    ("recorder", "gb_keepalive_count", "1", 1, "100", 100),
    ("recorder", "gb_channel_ids", f"['{A}']", [A], f"['{B}', '{A}']", [B, A]),
    *((kind, *row) for kind in ("switch", "router") for row in LINK_FIELDS),
]
SECRETS = [
    ("camera", "admin_password"),
    ("door", "admin_password"),
    ("recorder", "admin_password"),
    ("recorder", "gb_password"),
]
IDS = [f"{kind}-{field}" for kind, field, *_ in FIELDS]


def _plain(text: str) -> str:
    """A device's line without what refers to other lines."""
    cut = text.partition(", channels:")[0].partition(", area:")[0]
    return cut.removesuffix("}") + "}"


def _said(
    root: Path, kind: str, field: str, words: Mapping[str, str], *, alone: bool = True
) -> Loaded:
    """A city without an uplink in which each level of `words` says one thing about a field.

    Its one device is of the kind; not `alone`, there is one of each kind.
    """
    said = {level: f"{{{kind}: {{{field}: {word}}}}}" for level, word in words.items()}

    def section(level: str) -> str:
        return f"settings: {said[level]}\n" if level in said else ""

    name = DEVICE_OF[kind]
    lines = {n: _plain(text) for n, text in (LINES | LINK_LINES).items() if n == name or not alone}
    own = f", settings: {{{field}: {words['device']}}}" if "device" in words else ""
    lines[name] = lines[name].removesuffix("}") + f", group: g{own}}}"
    group = f"{{settings: {said['group']}}}" if "group" in said else "{}"
    return load(
        write(
            root,
            {
                "city.yaml": LOGINS + section("city"),
                f"{FOLDER}/district.yaml": DISTRICT + section("district"),
                X: compound(
                    uplink="",
                    perimeter="",
                    entrances="",
                    unit_doors="",
                    centre="",
                    settings=section("compound"),
                    groups=f"groups: {{g: {group}}}\n",
                    devices="devices:\n" + "".join(f"  - {text}\n" for text in lines.values()),
                ),
            },
        )
    )


def test_every_field_of_the_model_stands_in_the_table() -> None:
    """A new setting is not forgotten here."""
    known = {
        (str(kind), name) for kind, model in SETTINGS_OF.items() for name in model.model_fields
    }

    assert {(kind, field) for kind, field, *_ in FIELDS} | set(SECRETS) == known
    assert {field for _, field in SECRETS} == WRITE_ONLY
    assert set(DEVICE_OF) == {str(kind) for kind in DeviceKind}


@pytest.mark.parametrize("case", FIELDS, ids=IDS)
def test_set_at_one_level_alone(
    tmp_path: Path, case: tuple[str, str, str, object, str, object]
) -> None:
    """From whichever level a value comes, it arrives with its type and with one place."""
    kind, field, word, value, _, _ = case
    for level in LEVELS:
        found = _said(tmp_path / level, kind, field, {level: word})

        made = device(found, DEVICE_OF[kind])
        assert made.settings[field] == value
        assert type(made.settings[field]) is type(value)
        assert [t.level for t in found.traces[made.id][field]] == [level]
        assert len(made.origins[field]) == 1


@pytest.mark.parametrize("case", FIELDS, ids=IDS)
def test_the_level_below_overrules(
    tmp_path: Path, case: tuple[str, str, str, object, str, object]
) -> None:
    """Each pair of neighbours: the inner word is in force, the outer one is remembered."""
    kind, field, one, value, other, second = case
    for outer, inner in pairwise(LEVELS):
        found = _said(tmp_path / inner, kind, field, {outer: one, inner: other})

        made = device(found, DEVICE_OF[kind])
        assert made.settings[field] == second
        traces = found.traces[made.id][field]
        assert [(t.level, t.value) for t in traces] == [(inner, second), (outer, value)]
        assert made.origins[field] == tuple(t.position for t in traces)


@pytest.mark.parametrize("case", FIELDS, ids=IDS)
def test_null_at_each_level(
    tmp_path: Path, case: tuple[str, str, str, object, str, object]
) -> None:
    """Null below the city takes the field out of management; nothing of it is left in settings."""
    kind, field, one, value, _, _ = case
    for level in LEVELS[1:]:
        found = _said(tmp_path / level, kind, field, {"city": one, level: "null"})

        made = device(found, DEVICE_OF[kind])
        assert field not in made.settings
        assert field not in made.secrets
        first, second = found.traces[made.id][field]
        assert (first.level, first.value, first.unmanaged) == (level, None, True)
        assert (second.level, second.value, second.unmanaged) == ("city", value, False)


@pytest.mark.parametrize("case", FIELDS, ids=IDS)
def test_managed_again_below_a_null(
    tmp_path: Path, case: tuple[str, str, str, object, str, object]
) -> None:
    """A null is one level's word: the device may say otherwise."""
    kind, field, _, _, other, second = case

    found = _said(tmp_path, kind, field, {"city": "~", "group": "null", "device": other})

    made = device(found, DEVICE_OF[kind])
    assert made.settings[field] == second
    assert [t.unmanaged for t in found.traces[made.id][field]] == [False, True, True]


@pytest.mark.parametrize(("kind", "field"), SECRETS)
def test_a_reference_at_each_level(tmp_path: Path, kind: str, field: str) -> None:
    """Secrets go down the same way, as references, never among the settings."""
    for level in LEVELS:
        found = _said(tmp_path / level, kind, field, {level: f"'{REF}'"})

        made = device(found, DEVICE_OF[kind])
        assert {n: str(r) for n, r in made.secrets.items()} == {field: REF}
        assert field not in made.settings
        assert [t.level for t in found.traces[made.id][field]] == [level]


@pytest.mark.parametrize(("kind", "field"), SECRETS)
def test_another_version_below_overrules(tmp_path: Path, kind: str, field: str) -> None:
    """A rotation for one group: the version is part of the word."""
    words = {"city": f"'{REF}'", "group": f"'{REF}?version=2'"}

    made = device(_said(tmp_path, kind, field, words), DEVICE_OF[kind])

    assert made.secrets[field].version == 2
    assert made.secrets[field].name == "own"


@pytest.mark.parametrize(("kind", "field"), SECRETS)
def test_null_un_manages_a_secret(tmp_path: Path, kind: str, field: str) -> None:
    """A password that a device keeps is its own matter, at whatever level that is said."""
    for level in LEVELS[1:]:
        words = {"city": f"'{REF}'", level: "null"}
        found = _said(tmp_path / level, kind, field, words)

        made = device(found, DEVICE_OF[kind])
        assert field not in made.secrets
        assert found.traces[made.id][field][0].unmanaged


@pytest.mark.parametrize("case", FIELDS, ids=IDS)
def test_no_other_kind_hears_of_it(
    tmp_path: Path, case: tuple[str, str, str, object, str, object]
) -> None:
    """A city-wide word about one kind reaches no device of another kind."""
    kind, field, one, _, _, _ = case

    found = _said(tmp_path, kind, field, {"city": one}, alone=False)

    told = {d.id for d in found.require().devices() if field in d.settings}
    assert told == {DEVICE_OF[kind]}
