"""The last words of a playbook run, fit for a journal and a terminal.

Whole outputs are never kept. Of what the tool said we keep one line: the message of the task that
failed, else the last line it printed, without control sequences, cut, and with anything that is
introduced as a secret struck out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LENGTH_MAX = 300
_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_SECRET = re.compile(
    r"(?i)([\w-]*(?:passw(?:or)?d|passphrase|secret|token|auth[_-]?key|priv[_-]?key|credential)[\w-]*"
    r"[\"']?\s*[:=]\s*)(?:\"[^\"]*\"|'[^']*'|[^\s,;}\]]+)"
)
_FAILED = ("runner_on_failed", "runner_on_unreachable", "runner_item_on_failed")


def scrub(line: str) -> str:
    """One line of at most `LENGTH_MAX` characters, harmless to print and to keep."""
    plain = _CONTROL.sub(" ", _ANSI.sub("", line))
    struck = _SECRET.sub(r"\1***", plain).strip()
    return struck if len(struck) <= LENGTH_MAX else struck[: LENGTH_MAX - 1] + "…"


class LastWords:
    """Listens to ansible-runner's events; remembers one line and lets nothing be written."""

    def __init__(self) -> None:
        self._failed = ""
        self._printed = ""

    def hear(self, event: Mapping[str, Any]) -> bool:
        """Take one event (ansible-runner's event format); False: do not write it to disk."""
        if event.get("event") in _FAILED:
            data: Mapping[str, Any] = event.get("event_data") or {}
            result = data.get("res")
            if isinstance(result, Mapping) and result.get("msg"):
                self._failed = f"{data.get('host', '')}: {result['msg']}"
        for line in str(event.get("stdout") or "").splitlines():
            if line.strip(" *\r") and not line.startswith(("PLAY RECAP", "  ")):
                # Ansible fills the line of a play or task with stars.
                self._printed = line.rstrip("\r *")
        return False

    @property
    def line(self) -> str:
        """What was said last, scrubbed; empty when nothing was."""
        return scrub(self._failed or self._printed)
