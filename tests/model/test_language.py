"""The language of a process: what was said to fleet before what the locale says."""

from __future__ import annotations

import pytest

from fleet.model.language import language_of
from fleet.model.text import Lang


@pytest.mark.parametrize(
    ("environ", "lang"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LC_MESSAGES": "en_GB", "LC_ALL": "zh_TW"}, "zh"),
        ({"LC_ALL": "C.UTF-8", "FLEET_LANG": "zh"}, "zh"),
        ({"LC_ALL": "zh_CN.UTF-8", "FLEET_LANG": "en"}, "en"),
        ({"LC_ALL": "", "LANG": "ZH_cn"}, "zh"),
    ],
)
def test_fleet_lang_comes_before_the_locale(environ: dict[str, str], lang: Lang) -> None:
    """Goal: FLEET_LANG, LC_ALL, LC_MESSAGES, LANG; an empty one is none."""
    assert language_of(environ) == lang


def test_where_nothing_is_set_the_caller_decides() -> None:
    """Goal: the default holds for an empty environment alone."""
    assert language_of({}, "zh") == "zh"
    assert language_of({"LANG": "C"}, "zh") == "en"
