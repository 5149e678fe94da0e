"""Whole documents, good and bad, of all three kinds: the schema and the reader say the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest
import yaml

from fleet.inventory import load, schema
from fleet.inventory.bind import bind
from fleet.inventory.scope import Scope
from fleet.inventory.shapes.files import CITY as CITY_SHAPE
from fleet.inventory.shapes.files import COMPOUND_FILE
from fleet.inventory.shapes.files import DISTRICT as DISTRICT_SHAPE
from fleet.inventory.source import read
from fleet.inventory.types import ObjectType
from fleet.model.text import Lang
from tests.inventory.cities import CITY, DISTRICT, FOLDER, errors, write

HEAD = "city: {code: '340700', name: 铜陵市}\n"
DISTRICT_HEAD = "district: {code: '340705', name: 铜官区}\n"
COMPOUND_HEAD = "compound: {id: x, name: X, category: new, built_year: 2024}\n"
ID = "34070500002000000001"
PLATFORM = (
    f"platform: {{server_id: '{ID}', server_domain: '3407050000',"
    " addresses: [127.0.0.1], port: 5060}\n"
)
OPERATOR = (
    f"source: operator, server_id: '{ID}', server_domain: '3407050000',"
    " server_address: gb.example, server_port: 5060, password: 'secret://vault/a'"
)
WINDOW = "from: '2026-11-20 22:30', to: '2026-11-21 02:00', reason: r"
CAM = "id: x-1, kind: camera, name: A, address: 127.0.0.1, port: 80"

CITIES: dict[str, bool] = {
    HEAD: True,
    CITY: True,
    "{}\n": False,
    "city: {}\n": False,
    "city: {code: '340700'}\n": False,
    "city: {name: 铜陵市}\n": False,
    "city: {code: '34070', name: A}\n": False,
    "city: {code: '340700', name: ''}\n": False,
    "city: {code: '340700', name: A, mayor: B}\n": False,
    "city: []\n": False,
    HEAD + "secrets: {vault: v.yaml, password_file: p}\n": True,
    HEAD + "secrets: {vault: v.yaml}\n": True,
    HEAD + "secrets: {}\n": True,
    HEAD + "secrets: {vault: ../v.yaml}\n": False,
    HEAD + "secrets: {vault: /v.yaml}\n": False,
    HEAD + "secrets: {vault: [v.yaml]}\n": False,
    HEAD + "secrets: {key: v.yaml}\n": False,
    HEAD + "secrets: v.yaml\n": False,
    HEAD + "rollout: {canary: x, wave_size: 5, tolerated_failures: 0, in_flight: 3}\n": True,
    HEAD + "rollout: {wave_size: 1}\n": True,
    HEAD + "rollout: {wave_size: 1000}\n": True,
    HEAD + "rollout: {wave_size: 0}\n": False,
    HEAD + "rollout: {wave_size: 1001}\n": False,
    HEAD + "rollout: {wave_size: '5'}\n": False,
    HEAD + "rollout: {wave_size: 1.5}\n": False,
    HEAD + "rollout: {tolerated_failures: -1}\n": False,
    HEAD + "rollout: {tolerated_failures: 100000}\n": True,
    HEAD + "rollout: {tolerated_failures: 100001}\n": False,
    HEAD + "rollout: {in_flight: 0}\n": False,
    HEAD + "rollout: {in_flight: 10000}\n": True,
    HEAD + "rollout: {in_flight: 10001}\n": False,
    HEAD + "rollout: {canary: X}\n": False,
    HEAD + "rollout: {waves: 1}\n": False,
    HEAD + "report: {from_day: 1, due_day: 28, recipient: 市局}\n": True,
    HEAD + "report: {from_day: 0}\n": False,
    HEAD + "report: {from_day: 29}\n": False,
    HEAD + "report: {due_day: 0}\n": False,
    HEAD + "report: {due_day: 29}\n": False,
    HEAD + "report: {recipient: ''}\n": False,
    HEAD + "report: {issuer: 分局}\n": False,
    HEAD + "report: {windows: []}\n": False,
    HEAD + "logins: {camera: {user: admin, password: 'secret://vault/a'}}\n": True,
    HEAD + "logins: {gate: {user: a, auth: 'secret://vault/a', priv: 'secret://env/B'}}\n": True,
    HEAD + "logins: {camera: {auth: 'secret://vault/a'}}\n": False,
    HEAD + "logins: {gate: {password: 'secret://vault/a'}}\n": False,
    HEAD + "logins: {lamp: {user: a}}\n": False,
    HEAD + "logins: {camera: {user: 'a b'}}\n": False,
    HEAD + "logins: {camera: {user: ''}}\n": False,
    HEAD + f"logins: {{camera: {{user: {'a' * 32}}}}}\n": True,
    HEAD + f"logins: {{camera: {{user: {'a' * 33}}}}}\n": False,
    HEAD + "settings: {camera: {}, door: {}, gate: {}, recorder: {}}\n": True,
    HEAD + "settings: {}\n": True,
    HEAD + "settings: {lamp: {}}\n": False,
    HEAD + "settings: {camera: [osd_text]}\n": False,
    HEAD + "settings: {camera: {osd_text: null}}\n": True,
    HEAD + "districts: []\n": False,
    HEAD + DISTRICT_HEAD: False,
}
DISTRICTS: dict[str, bool] = {
    DISTRICT_HEAD: True,
    DISTRICT: True,
    "district: {code: '340705'}\n": False,
    "district: {code: 340705, name: A, x: 1}\n": False,
    DISTRICT_HEAD + PLATFORM: True,
    DISTRICT_HEAD + PLATFORM.replace("port: 5060", "port: 0"): False,
    DISTRICT_HEAD + PLATFORM.replace(", port: 5060", ""): False,
    DISTRICT_HEAD + PLATFORM.replace("addresses: [127.0.0.1]", "addresses: 127.0.0.1"): False,
    DISTRICT_HEAD + PLATFORM.replace("addresses: [127.0.0.1]", "addresses: [a]"): False,
    DISTRICT_HEAD + PLATFORM.replace("addresses: [127.0.0.1]", "addresses: ['::1']"): True,
    DISTRICT_HEAD + PLATFORM.replace(ID, ID[:-1]): False,
    DISTRICT_HEAD + PLATFORM.replace("'3407050000'", "x.spvmn.cn"): False,
    DISTRICT_HEAD + PLATFORM.replace("port: 5060", "port: 5060, tls: true"): False,
    DISTRICT_HEAD + "uplink: {source: platform}\n": True,
    DISTRICT_HEAD + "uplink: {source: platform, server_address: 127.0.0.1}\n": True,
    DISTRICT_HEAD + "uplink: {source: platform, server_port: 5060}\n": False,
    DISTRICT_HEAD + "uplink: {source: police}\n": False,
    DISTRICT_HEAD + "uplink: {}\n": False,
    DISTRICT_HEAD + f"uplink: {{{OPERATOR}}}\n": True,
    DISTRICT_HEAD + f"uplink: {{{OPERATOR}, keepalive_s: 5}}\n": True,
    DISTRICT_HEAD + f"uplink: {{{OPERATOR}, keepalive_s: 4}}\n": False,
    DISTRICT_HEAD + f"uplink: {{{OPERATOR}, expires_s: 3599}}\n": False,
    DISTRICT_HEAD + "uplink: {source: operator}\n": False,
    DISTRICT_HEAD + "report: {issuer: 分局, from_day: 28}\n": True,
    DISTRICT_HEAD + f"report: {{windows: [{{{WINDOW}}}]}}\n": True,
    DISTRICT_HEAD + f"report: {{windows: [{{{WINDOW}, compounds: [x, y]}}]}}\n": True,
    DISTRICT_HEAD + f"report: {{windows: [{{{WINDOW}, compounds: x}}]}}\n": False,
    DISTRICT_HEAD + f"report: {{windows: [{{{WINDOW}, who: me}}]}}\n": False,
    DISTRICT_HEAD + "report: {windows: [{from: '2026-11-20 22:30', reason: r}]}\n": False,
    DISTRICT_HEAD + "report: {windows: [{from: '20:30', to: '21:30', reason: r}]}\n": False,
    DISTRICT_HEAD + "compounds: []\n": False,
    DISTRICT_HEAD + "rollout: {wave_size: 1}\n": False,
}
COMPOUNDS: dict[str, bool] = {
    COMPOUND_HEAD + "devices: []\n": True,
    COMPOUND_HEAD: False,
    "devices: []\n": False,
    COMPOUND_HEAD + f"devices: [{{{CAM}}}]\n": True,
    COMPOUND_HEAD + f"devices: [{{{CAM}, serial: S, area: a, group: 东}}]\n": True,
    COMPOUND_HEAD + f"devices: [{{{CAM}, engine_id: '80007ed905'}}]\n": False,
    COMPOUND_HEAD + f"devices: [{{{CAM}, channels: []}}]\n": False,
    COMPOUND_HEAD + f"devices: [{{{CAM}, driver: onvif}}]\n": True,
    COMPOUND_HEAD + f"devices: [{{{CAM}, driver: Onvif}}]\n": False,
    COMPOUND_HEAD + f"devices: [{{{CAM}, login: {{user: a}}}}]\n": True,
    COMPOUND_HEAD + f"devices: [{{{CAM}, login: {{auth: 'secret://vault/a'}}}}]\n": False,
    COMPOUND_HEAD + f"devices: [{{{CAM}, settings: {{ntp_port: 1}}}}]\n": True,
    COMPOUND_HEAD + f"devices: [{{{CAM}, settings: {{open_time_s: 1}}}}]\n": False,
    COMPOUND_HEAD + f"devices: [{{{CAM.replace('camera', 'recorder')}}}]\n": False,
    COMPOUND_HEAD + f"devices: [{{{CAM.replace('camera', 'recorder')}, gb_id: '{ID}'}}]\n": True,
    COMPOUND_HEAD + f"devices: [{{{CAM.replace('camera', 'gate')}, engine_id: 80007ed905}}]\n":
        True,
    COMPOUND_HEAD + f"devices: [{{{CAM.replace('camera', 'gate')}, serial: S}}]\n": False,
    COMPOUND_HEAD + f"devices: [{{{CAM.replace('port: 80', 'port: 65536')}}}]\n": False,
    COMPOUND_HEAD + "devices: [x-1]\n": False,
    COMPOUND_HEAD + "devices: {x-1: {}}\n": False,
    COMPOUND_HEAD.replace("2024", "1899") + "devices: []\n": False,
    COMPOUND_HEAD.replace("2024", "1900") + "devices: []\n": True,
    COMPOUND_HEAD.replace("2024", "2100") + "devices: []\n": True,
    COMPOUND_HEAD.replace("2024", "2101") + "devices: []\n": False,
    COMPOUND_HEAD.replace("2024", "2024, households: 0") + "devices: []\n": True,
    COMPOUND_HEAD.replace("2024", "2024, households: -1") + "devices: []\n": False,
    COMPOUND_HEAD.replace("2024", "2024, stage: accepted") + "devices: []\n": True,
    COMPOUND_HEAD.replace("2024", "2024, stage: done") + "devices: []\n": False,
    COMPOUND_HEAD + "devices: []\ncentre: {room: A, shifts: 6, ups_minutes: 0}\n": True,
    COMPOUND_HEAD + "devices: []\ncentre: {room: A, shifts: 7}\n": False,
    COMPOUND_HEAD + "devices: []\ncentre: {shifts: 1}\n": False,
    COMPOUND_HEAD + "devices: []\nperimeter: [{id: n, length_m: 0.5, electronic: beam}]\n": True,
    COMPOUND_HEAD + "devices: []\nperimeter: [{id: n, length_m: 100001}]\n": False,
    COMPOUND_HEAD + "devices: []\nperimeter: [{id: n}]\n": False,
    COMPOUND_HEAD + "devices: []\nareas: [{id: 东, kind: elevator, name: 梯}]\n": True,
    COMPOUND_HEAD + "devices: []\nareas: [{id: 东 1, kind: elevator, name: 梯}]\n": False,
    COMPOUND_HEAD + "devices: []\nareas: [{id: a, kind: lift, name: 梯}]\n": False,
    COMPOUND_HEAD + "devices: []\nentrances: [{id: a, name: A, kind: mixed}]\n": True,
    COMPOUND_HEAD + "devices: []\nentrances: [{id: a, name: A, kind: mixed, gates: g}]\n": False,
    COMPOUND_HEAD + "devices: []\nunit_doors: [{id: a, name: A, building: '1'}]\n": True,
    COMPOUND_HEAD + "devices: []\nunit_doors: [{id: a, name: A}]\n": False,
    COMPOUND_HEAD + "devices: []\ngroups: {g: {}, 东: {settings: {door: {}}}}\n": True,
    COMPOUND_HEAD + "devices: []\ngroups: {'a b': {}}\n": False,
    COMPOUND_HEAD + "devices: []\ngroups: {g: {devices: []}}\n": False,
    COMPOUND_HEAD + "devices: []\ngroups: [g]\n": False,
}  # fmt: skip
ALL: list[tuple[str, ObjectType, str, bool]] = [
    (name, shape, text, good)
    for name, shape, table in (
        ("city", CITY_SHAPE, CITIES),
        ("district-folder", DISTRICT_SHAPE, DISTRICTS),
        ("district-folder", COMPOUND_FILE, COMPOUNDS),
    )
    for text, good in table.items()
]


def _plain(node: object) -> object:
    """What a YAML 1.2 editor hands to its schema: PyYAML's, with ids and times left texts."""
    if isinstance(node, Mapping):
        return {str(k): _plain(v) for k, v in node.items()}
    return [_plain(v) for v in node] if isinstance(node, list) else node


@pytest.mark.parametrize(("name", "shape", "text", "good"), ALL, ids=range(len(ALL)))
def test_schema_and_reader_agree(
    tmp_path: Path, name: str, shape: ObjectType, text: str, good: bool
) -> None:
    """Each document, in both languages of the schema and by the reader's own shapes."""
    (tmp_path / "f.yaml").write_text(text, encoding="utf-8")
    scope = Scope("f.yaml")
    source = read(tmp_path, tmp_path / "f.yaml", scope)
    assert source is not None
    assert source.root is not None
    bind(source.root, shape, scope)

    told = [f"{f.position} {f.code} {f.summary} {f.fix}" for f in scope.findings]
    assert (not told) is good, told
    # PyYAML takes an unquoted division code for a number, as an editor would underline it.
    content = _plain(yaml.safe_load(text))
    languages: tuple[Lang, ...] = schema.LANGUAGES
    for lang in languages:
        faults = [
            e.message
            for e in jsonschema.Draft7Validator(schema.schema(name, lang)).iter_errors(content)
        ]
        if "80007ed905" not in text or "'80007ed905'" in text:
            assert (not faults) is good, faults


@pytest.mark.parametrize("text", [t for t, good in CITIES.items() if good])
def test_good_cities_are_cities(tmp_path: Path, text: str) -> None:
    """Alone in a folder, without districts: a city with nothing in it yet, or a warning."""
    (tmp_path / "city.yaml").write_text(text, encoding="utf-8")

    found = load(tmp_path)

    canary = "canary: x" in text
    assert [e.code for e in errors(found)] == (["no-reference"] if canary else [])
    if not canary:
        assert found.require().districts == ()


@pytest.mark.parametrize("text", [t for t, good in DISTRICTS.items() if not good])
def test_a_bad_district_leaves_the_city_standing(tmp_path: Path, text: str) -> None:
    """Whatever is wrong with a district, the run goes on and says so at its file."""
    root = write(tmp_path, {f"{FOLDER}/district.yaml": text})

    found = load(root)

    assert found.city is None
    files = {e.position.file for e in errors(found) if e.position}
    assert f"{FOLDER}/district.yaml" in files
