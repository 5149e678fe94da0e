"""Both languages say the same, and the locale chooses."""

from __future__ import annotations

import io
import string

import pytest

from fleet.bootstrap.talk import TEXTS, Talk, language_of


def fields(text: str) -> set[str]:
    """Names of the values that a text is given."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_both_texts_take_the_same_values(key: str) -> None:
    english, chinese = TEXTS[key]
    assert fields(english) == fields(chinese)
    assert english.isascii()


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LC_ALL": "", "LANG": "ZH_cn"}, "zh"),
        ({"LANG": "C"}, "en"),
    ],
)
def test_the_locale_chooses(environ: dict[str, str], language: str) -> None:
    assert language_of(environ) == language


def test_a_line_is_said_at_once() -> None:
    said = io.StringIO()
    Talk("en", said).say("ready", command=".venv/bin/fleet")
    assert said.getvalue() == "ready, nothing to do: .venv/bin/fleet\n"


def test_help_names_every_target_in_both_languages() -> None:
    for text in TEXTS["help"]:
        for target in ("demo", "test", "setup", "lint", "lock", "clean"):
            assert f"make {target}" in text
