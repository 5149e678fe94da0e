"""The forms of texts: what each takes and refuses, to the reader and to the editor's schema."""

from __future__ import annotations

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.inventory import schema
from fleet.inventory.bind import bind
from fleet.inventory.nodes import Entry, Mapping, Scalar
from fleet.inventory.scope import Scope
from fleet.inventory.shapes import words
from fleet.inventory.types import Field, IntType, NumberType, ObjectType, TextType, Type
from fleet.model.text import text

FORMS: dict[str, TextType] = {
    "identifier": words.IDENTIFIER,
    "label": words.LABEL,
    "name": words.NAME,
    "free_text": words.FREE_TEXT,
    "division": words.DIVISION,
    "gb_id": words.GB_ID,
    "gb_domain": words.GB_DOMAIN,
    "address": words.ADDRESS,
    "host": words.HOST,
    "file_name": words.FILE_NAME,
    "serial": words.SERIAL,
    "engine_id": words.ENGINE_ID,
    "time_zone": words.TIME_ZONE,
    "host_key": words.HOST_KEY,
    "device_port": words.DEVICE_PORT,
}
ID = "34070501011327000001"
# form → texts that it takes, texts that it refuses
TABLE: dict[str, tuple[list[str], list[str]]] = {
    "identifier": (
        ["a", "0", "ab", "a-b", "a--b", "cuihu-cam-01", "9-b", "a" * 60],
        ["", "A", "-a", "a-", "-", "a_b", "a.b", "a b", "é", "东门", "a/b", "..", "--help",
         "a" * 61, "a\n", "\na", "ａ"],
    ),
    "label": (
        ["a", "A", "_", "_a", "a_b", "a-b", "a-", "东门", "Ä1", "1", "字" * 40],
        ["", "-", "-a", "a b", "a.b", "a/b", " a", "a ", "字" * 41, "a\n", "🏠"],
    ),
    "name": (
        ["a", "a b", "东门 1 号", "12:30", "#1", "a" * 80, "x　y", "-"],
        ["", " ", " a", "a ", "\ta", "a\n", "a\nb", "a" * 81, "　"],
    ),
    "free_text": (["", " ", "a\nb", "a" * 255, "东门"], ["a" * 256]),
    "division": (
        ["340705", "000000"],
        ["", "34070", "3407055", "34070x", "３４０７０５", "340705\n", " 340705"],
    ),
    "gb_id": ([ID, "0" * 20], ["", ID[:-1], ID + "1", "x" * 20, "３" * 20, ID + "\n", f" {ID}"]),
    "gb_domain": (
        ["3407050000", "3407050000.spvmn.cn"],
        ["", "340705000", "34070500001", "3407050000.", "3407050000.spvmn.com", "a.spvmn.cn",
         "3407050000xspvmnxcn"],
    ),
    "address": (
        ["127.0.0.1", "0.0.0.0", "999.999.999.999", "::1", "::", "fe80::1", "::ffff:127.0.0.1"],
        ["", "127.0.0", "127.0.0.1.1", "127.0.0.", "1234.0.0.1", "localhost", "1", "fe80::1%eth0",
         "127.0.0.1:80", "[::1]", "127.0.0.1 ", "a.b.c.d"],
    ),
    "host": (
        ["127.0.0.1", "::1", "a", "ntp.example", "a-b.c", "A.B", "1", "a" * 253],
        ["", "-a", "a-", ".a", "a.", "a b", "a_b", "a/b", "a;b", "$(id)", "东.example",
         "http://a", "a:80x", "[::1]", "a" * 254, "a\n"],
    ),
    "file_name": (
        ["a", "_a", "secrets.vault.yaml", "a-b", "0", "a" * 80],
        ["", ".a", "..", "-a", "a/b", "/a", "a b", "a\\b", "../a", "东", "a" * 81, "a\n"],
    ),
    "serial": (
        ["a", "A1-b", "DS-2CD3T46-I20210906AACHG13800138000", "0", "-", "a" * 64],
        ["", "a b", "a.b", "a/b", "a_b", "东", "a" * 65, "a\n"],
    ),
    "engine_id": (
        ["80007ed905", "80007ED905", "ab" * 32],
        ["", "80007ed9", "80007ed90", "80007ed9050", "ab" * 33, "80:00:7e:d9:05", "0x80007ed905",
         "xx" * 5, "80007ed905\n"],
    ),
    "time_zone": (
        ["UTC+08:00", "UTC-03:30", "UTC+00:00", "UTC+14:00", "UTC-14:00"],
        ["", "UTC", "UTC+8", "UTC+8:00", "UTC+15:00", "UTC+08:60", "UTC08:00", "utc+08:00",
         "GMT+08:00", "CST-8:00:00", "Asia/Shanghai", "UTC+08:00\n"],
    ),
    "host_key": (
        ["SHA256:" + "a" * 43, "ssh-ed25519 " + "A" * 68, "ssh-rsa " + "A" * 372 + " root@sw",
         "ecdsa-sha2-nistp256 " + "A" * 139 + "="],
        ["", "SHA256:" + "a" * 42, "SHA256:" + "a" * 44, "MD5:00:11", "ssh-dss " + "A" * 68,
         "ssh-ed25519", "ssh-ed25519 A", "@revoked " + "A" * 68, "SHA256:" + "a" * 43 + "\n"],
    ),
    "device_port": (
        ["GE1/0/1", "Vlan-interface100", "eth0", "br0.100", "10GE1/0/1"],
        ["", "1/0/1", "-i", "GE 1/0/1", "a;b", "a?", "东", "a" * 45, "eth0\n"],
    ),
}  # fmt: skip
CASES = [(form, word) for form, (good, bad) in TABLE.items() for word in good + bad]


def reads(kind: Type, scalar: Scalar) -> bool:
    """Whether the reader takes a scalar for a value of that type."""
    scope = Scope("f.yaml")
    shape = ObjectType({"x": Field(kind, text("x", "某"), required=True)})
    bound = bind(Mapping((Entry("x", 1, 1, scalar),), 1, 1), shape, scope)
    assert bound is not None
    assert ("x" in bound.values) is not bool(scope.findings)
    return "x" in bound.values


def shows(kind: Type, value: object) -> bool:
    """Whether the editor's schema takes a value of that type."""
    return jsonschema.Draft7Validator(schema._type(kind, "en")).is_valid(value)


def test_every_form_has_its_rows() -> None:
    """A new form of text is not forgotten here."""
    named = {v for v in vars(words).values() if isinstance(v, TextType)}

    assert {id(form) for form in FORMS.values()} == {id(form) for form in named}
    assert set(TABLE) == set(FORMS)


@pytest.mark.parametrize(("form", "word"), CASES, ids=[f"{f}-{w[:12]!a}" for f, w in CASES])
def test_a_form_takes_what_it_should(form: str, word: str) -> None:
    """In quotes, so that no YAML rule is in the way; the schema draws the same line."""
    good = word in TABLE[form][0]

    assert reads(FORMS[form], Scalar(word, False, 1, 4)) is good
    # Python's `$` lets a last line feed pass; the schema's own dialect does not.
    if not word.endswith("\n"):
        assert shows(FORMS[form], word) is good


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=25)
@given(word=st.text(max_size=24))
def test_reader_and_editor_agree_on_any_text(form: str, word: str) -> None:
    """Whatever is typed, both say the same."""
    if not word.endswith("\n"):
        assert reads(FORMS[form], Scalar(word, False, 1, 4)) is shows(FORMS[form], word)


# type, text as written without quotes → the number that is read, or None
NUMBERS: list[tuple[IntType | NumberType, str, float | None]] = [
    (IntType(1, 60), "1", 1),
    (IntType(1, 60), "60", 60),
    (IntType(1, 60), "0", None),
    (IntType(1, 60), "61", None),
    (IntType(1, 60), "+5", 5),
    (IntType(1, 60), "05", 5),
    (IntType(1, 60), "0x3c", 60),
    (IntType(1, 60), "0o74", 60),
    (IntType(1, 60), "0b11", None),
    (IntType(1, 60), "1_0", None),
    (IntType(1, 60), "5.0", None),
    (IntType(1, 60), "5e0", None),
    (IntType(1, 60), "五", None),
    (IntType(1, 60), "５", None),
    (IntType(1, 60), "1:30", None),
    (IntType(1, 60), "true", None),
    (IntType(1, 60), "9" * 19, None),
    (IntType(-5, 5), "-5", -5),
    (IntType(-5, 5), "-6", None),
    (NumberType(0, 100), "0", 0),
    (NumberType(0, 100), "100", 100),
    (NumberType(0, 100), "100.0", 100),
    (NumberType(0, 100), "100.1", None),
    (NumberType(0, 100), "1.", 1),
    (NumberType(0, 100), ".5", 0.5),
    (NumberType(0, 100), "1e2", 100),
    (NumberType(0, 100), "1e3", None),
    (NumberType(0, 100), "1e-2", 0.01),
    (NumberType(0, 100), "-0", 0),
    (NumberType(0, 100), "-0.1", None),
    (NumberType(0, 100), "-1", None),
    (NumberType(0, 100), ".inf", None),
    (NumberType(0, 100), ".nan", None),
    (NumberType(0, 100), "inf", None),
    (NumberType(0, 100), "nan", None),
    (NumberType(0, 100), "1e999", None),
    (NumberType(0, 100), ".", None),
    (NumberType(0, 100), "1,5", None),
]


@pytest.mark.parametrize(("kind", "written", "value"), NUMBERS)
def test_numbers(kind: IntType | NumberType, written: str, value: float | None) -> None:
    """Plain scalars by YAML 1.2's core schema and the bounds; in quotes none is a number."""
    scope = Scope("f.yaml")
    shape = ObjectType({"x": Field(kind, text("x", "某"))})
    plain = Mapping((Entry("x", 1, 1, Scalar(written, True, 1, 4)),), 1, 1)

    bound = bind(plain, shape, scope)

    assert bound is not None
    assert bound.values.get("x") == value
    assert bool(scope.findings) is (value is None)
    assert not reads(kind, Scalar(written, False, 1, 4))
    if value is not None:
        assert shows(kind, value)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_what_it_wants(form: str) -> None:
    """In both languages, and the reader repeats it when it refuses."""
    kind = FORMS[form]
    assert kind.form.en != kind.form.zh
    assert not kind.form.zh.isascii()
    scope = Scope("f.yaml")
    shape = ObjectType({"x": Field(kind, text("x", "某"))})
    bad = TABLE[form][1][0]
    bind(Mapping((Entry("x", 1, 1, Scalar(bad, False, 1, 4)),), 1, 1), shape, scope)

    (finding,) = scope.findings
    wanted = kind.form.zh if kind.pattern else f"最多 {kind.max_length} 个字符"
    assert wanted in finding.fix.zh
