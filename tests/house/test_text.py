"""What must stand in no file: places of one machine, addresses of indexes, promises to mend later.

The forbidden words are put together here, so that this file does not forbid itself.
"""

from __future__ import annotations

import re

import pytest

from tests.house.files import ROOT, python_files, text, tracked

BINARY = (".png", ".docx", ".xlsx", ".pcap", ".bin")
TEXTS = [name for name in tracked() if not name.endswith(BINARY)]

HOMES = re.compile("/" + r"(?:root|home/[a-z]\w*|Users/\w+|work)/[\w.]")
MARKS = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "HA" + "CK")) + r")\b")
INDEXES = re.compile(
    "|".join(
        re.escape(host)
        for host in (
            "pypi" + ".org",
            "python" + "hosted.org",
            "proxy.golang" + ".org",
            "goproxy" + ".",
            "deb.debian" + ".org",
            "registry.npm" + "js",
        )
    )
)


def offenders(pattern: re.Pattern[str], names: list[str]) -> list[str]:
    """Each line that ``pattern`` finds, as file:line: text."""
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in names
        if pattern.search(text(name))
        for number, line in enumerate(text(name).splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_place_of_one_machine() -> None:
    assert not offenders(HOMES, TEXTS)
    if len(ROOT.parts) > 3:  # a shorter one may be an ordinary word of a text
        assert not offenders(re.compile(re.escape(str(ROOT)) + r"\b"), TEXTS)


def test_no_address_of_an_index() -> None:
    assert not offenders(INDEXES, TEXTS)


def test_no_mark_of_work_left_over() -> None:
    assert not offenders(MARKS, [name for name in TEXTS if not name.startswith("LICENSE")])


IGNORE = re.compile(r"#\s*type:\s*ignore(?P<code>\[[\w, -]+\])?(?P<reason>\s+#\s*\S.+)?")
NOQA = re.compile(r"#\s*noqa(?P<code>:\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*)?")


def test_a_silenced_tool_is_told_what_and_why() -> None:
    bare = [
        f"{name}:{number}: {line.strip()}"
        for name in python_files()
        if name != "tests/house/test_text.py"
        for number, line in enumerate(text(name).splitlines(), 1)
        for found in (*IGNORE.finditer(line), *NOQA.finditer(line))
        if not found["code"] or ("reason" in found.groupdict() and not found["reason"])
    ]
    assert not bare


@pytest.mark.parametrize(
    ("line", "fine"),
    [
        ("x = 1  # type: ignore[arg-type]  # upstream has no types", True),
        ("x = 1  # type: ignore[arg-type]", False),
        ("x = 1  # type: ignore", False),
        ("x = 1  # type: ignore  # because", False),
    ],
)
def test_the_rule_on_silencing_sees_what_it_should(line: str, fine: bool) -> None:
    found = IGNORE.search(line)
    assert found is not None
    assert bool(found["code"] and found["reason"]) is fine


def test_lines_end_as_they_should() -> None:
    odd = [
        name
        for name in TEXTS
        if "\r" in text(name) or (text(name) and not text(name).endswith("\n"))
    ]
    assert not odd
