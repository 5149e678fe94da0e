"""What a device says of itself and its ports, by the templates of a well-kept library.

ntc-templates (Apache-2.0) comes with netmiko and is pinned with it by the lock. It reads tables and
free text; configurations are read by our own parser, since no template covers them.
"""

from __future__ import annotations

import re

# A port as these tables write it at the beginning of a line.
_PORT = re.compile(r"^\s*((?:\d{1,3})?[A-Za-z][A-Za-z-]*\d+(?:/\d+)*(?:\.\d+)?)\b", re.MULTILINE)
_SERIAL = re.compile(r"(?:ESN[^:]*|SERIAL[_ ]NUMBER)\s*:\s*([A-Za-z0-9-]+)", re.IGNORECASE)


def templated(platform: str, command: str, answer: str) -> list[dict[str, str]]:
    """The rows that the library's template finds in an answer; none where it does not fit.

    Values of several lines are joined by blanks.
    """
    from ntc_templates.parse import (  # type: ignore[import-untyped]  # no types upstream
        parse_output,
    )
    from textfsm import TextFSMError  # type: ignore[import-untyped]  # no types upstream

    try:
        rows = parse_output(platform=platform, command=command, data=answer)
    except TextFSMError:
        # Templates refuse whole answers over one unknown line; what they tell is not vital.
        return []
    return [
        {str(k): " ".join(v) if isinstance(v, list) else str(v) for k, v in row.items()}
        for row in rows
    ]


def names_in(table: str) -> frozenset[str]:
    """The ports that a table's lines begin with."""
    return frozenset(_PORT.findall(table))


def serial_in(answer: str) -> str | None:
    """A serial number that follows its name; None where there is none."""
    found = _SERIAL.search(answer)
    return found[1] if found else None
