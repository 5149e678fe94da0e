"""What no file may hold: found in keys, values and comments, and never shown again."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import load
from fleet.inventory.scope import Scope
from fleet.inventory.shapes.files import CITY as CITY_SHAPE
from fleet.inventory.shapes.files import COMPOUND_FILE, DISTRICT
from fleet.inventory.source import read
from fleet.inventory.suspects import is_id_card, suspects
from fleet.inventory.types import ChoiceType, ListType, MapType, ObjectType, SecretType, Type
from fleet.model.suspect import Suspect
from tests.inventory.cities import EXAMPLE, devices, line, loaded, place

# A made-up number whose check digit is right (the standard's own example).
ID_CARD = "11010519491231002X"


def _suspects(tmp_path: Path, text: str) -> list[Suspect]:
    (tmp_path / "f.yaml").write_text(text, encoding="utf-8")
    source = read(tmp_path, tmp_path / "f.yaml", Scope("f.yaml"))
    assert source is not None
    return list(suspects(source, "x"))


@pytest.mark.parametrize(
    ("text", "what", "needle"),
    [
        ("password: Tr0ub4dor\n", "plaintext", "Tr0ub4dor"),
        ("admin_password: 'x'\n", "plaintext", "'x'"),
        ("a: {snmp: {community: public}}\n", "default_password", "public"),
        ("口令: hik12345\n", "default_password", "hik12345"),
        ("passwd: ADMIN123\n", "default_password", "ADMIN123"),
        ("login: {auth: longpassphrase}\n", "plaintext", "longpassphrase"),
        ("login: {priv: longpassphrase}\n", "plaintext", "longpassphrase"),
        ("passwords: [secret://vault/a, hunter2]\n", "plaintext", "hunter2"),
        ("private_key: abc\n", "plaintext", "abc"),
        ("api-key: abc\n", "plaintext", "abc"),
        ("a: rtsp://admin:pw@127.0.0.1/1\n", "url_login", "rtsp"),
        ("# rtsp://admin:pw@127.0.0.1/1\n", "url_login", "rtsp"),
        ("a: |\n  -----BEGIN RSA PRIVATE KEY-----\n", "private_key", "-----BEGIN"),
        (f"note: {ID_CARD}\n", "id_card", ID_CARD),
        (f"# {ID_CARD}\n", "id_card", ID_CARD),
        ("note: 业主 13800138000\n", "mobile", "13800138000"),
        ("# call 138 0013 8000\n", "mobile", "138 0013"),
        ("phone: '0562-1234567'\n", "resident_key", "phone"),
        ("residents: []\n", "resident_key", "residents"),
        ("身份证号: x\n", "resident_key", "身份证号"),
        ("业主姓名: 张三\n", "resident_key", "业主姓名"),
        ("face_image: a.jpg\n", "resident_key", "face_image"),
    ],
)
def test_found_with_its_place(tmp_path: Path, text: str, what: str, needle: str) -> None:
    """Each sort of secret and of personal data, at its line and column."""
    (found,) = _suspects(tmp_path, text)

    assert what == found.what
    assert place(text, needle) == (found.position.line, found.position.column)
    assert found.compound == "x"


@pytest.mark.parametrize(
    "text",
    [
        "password: secret://vault/a\n",
        "password: null\n",
        "password:\n",
        "password_file: vault-password\n",
        "auth_ways: [card, password, face]\n",
        "passage: unit\n",
        "households: 864\n",
        "户数: 12\n",
        "name: 住户数统计屏\n",
        "gb_id: '34070501011327000001'\n",
        "serial: DS-2CD3T46-I20210906AACHG13800138000\n",
        "version: 1.13800138000\n",
        "note: 11010519491231002Y\n",
        "note: '110105194912310021'\n",
        "keepalive_s: 60\n",
        "a: http://127.0.0.1:8080/path\n",
    ],
)
def test_left_alone(tmp_path: Path, text: str) -> None:
    """References, names of files, counts, ids of devices, serial numbers."""
    assert _suspects(tmp_path, text) == []


def test_a_device_is_named(tmp_path: Path) -> None:
    """A literal in a device's line is that device's."""
    found = loaded(
        tmp_path,
        devices=devices(x_cam_01=line("x-cam-01", settings="{admin_password: Secret9x}")),
    )

    (suspect,) = found.suspects

    assert (suspect.compound, suspect.device, suspect.key) == ("x", "x-cam-01", "admin_password")


def test_a_literal_is_kept_nowhere(tmp_path: Path) -> None:
    """Neither the city, nor a trace, nor a finding repeats it; the file is otherwise sound."""
    found = loaded(
        tmp_path,
        logins="logins: {camera: {password: Tr0ub4dor}}\n",
        settings="settings: {camera: {admin_password: Tr0ub4dor}}\n",
    )

    assert found.city is not None
    assert len(found.suspects) == 2
    assert "Tr0ub4dor" not in found.model_dump_json()


def test_a_literal_of_the_wrong_type_is_not_shown_either(tmp_path: Path) -> None:
    """A password under a key that nobody knows: the key is told, the value is not."""
    found = loaded(tmp_path, devices=devices(x_cam_01=line("x-cam-01", password="Tr0ub4dor")))

    assert [d.code for d in found.diagnostics] == ["unknown-field"]
    assert [s.what for s in found.suspects] == ["plaintext"]
    assert "Tr0ub4dor" not in found.model_dump_json()


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        (ID_CARD, True),
        (ID_CARD.lower(), True),
        ("440524188001010014", True),
        ("110105194912310029", False),
        ("340705010113270000", False),
    ],
)
def test_check_digit(value: str, valid: bool) -> None:
    """GB 11643-1999: weights mod 11."""
    assert valid is is_id_card(value)


def _secret_fields(kind: Type, name: str = "") -> set[str]:
    match kind:
        case SecretType():
            return {name}
        case ListType() | MapType():
            return _secret_fields(kind.of, name)
        case ObjectType():
            found = [_secret_fields(f.type, n) for n, f in kind.fields.items()]
            return set().union(*found)
        case ChoiceType():
            return set().union(*(_secret_fields(o, name) for o in kind.options.values()))
    return set()


def test_every_field_for_a_secret_is_watched(tmp_path: Path) -> None:
    """The reader lets a literal pass to the rules, so the watch must know every such field."""
    names = set().union(*(_secret_fields(s) for s in (CITY_SHAPE, DISTRICT, COMPOUND_FILE)))
    assert {
        "password",
        "auth",
        "priv",
        "admin_password",
        "gb_password",
        "community",
        "token",
    } == names

    for name in names:
        assert [s.what for s in _suspects(tmp_path, f"{name}: hunter22\n")] == ["plaintext"], name


def test_the_example_city_holds_nothing_suspicious() -> None:
    """No false alarm on a real file."""
    assert load(EXAMPLE).suspects == ()
