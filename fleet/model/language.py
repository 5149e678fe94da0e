"""Which of the two languages a process speaks, by its environment alone."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.model.text import Lang

# What was said to fleet comes first, then the locale's variables in the order of POSIX (XBD 8.2).
_VARIABLES = ("FLEET_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


def language_of(environ: Mapping[str, str], default: Lang = "en") -> Lang:
    """Chinese for `zh` and any Chinese locale, else English; `default` where nothing is set."""
    for name in _VARIABLES:
        if value := environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return default
