"""Install a hash lock into a virtual environment: with uv where it understands this machine's pip.

uv is itself taken from the lock, by hash, through pip. It is four times as fast, but does not read
pip's settings: what can be said to it is said; where something cannot (a proxy, a trusted host), or
it fails, pip does the work. Both check every hash.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from fleet.bootstrap import watched
from fleet.bootstrap.talk import Talk

TOTAL_S = 1800.0
KEEP = frozenset({"pip", "setuptools", "compound-fleet"})

# pip's settings that decide where packages come from, and how uv is told the same.
TRANSLATED = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "cert": "SSL_CERT_FILE",
}
HARMLESS = frozenset(
    {"default-timeout", "timeout", "disable-pip-version-check", "no-input", "cache-dir", "retries"}
    | {"progress-bar", "no-color", "quiet", "verbose", "root-user-action", "no-cache-dir"}
    | {"break-system-packages", "user", "require-virtualenv"}
)

_INSTALLED = (
    "import importlib.metadata as m; print(*(d.metadata['Name'] for d in m.distributions()))"
)


class SetupFailed(Exception):
    """The environment could not be made; the text says why."""


class Packages:
    """The packages of one environment, named by its interpreter."""

    def __init__(self, python: Path, environ: Mapping[str, str], talk: Talk) -> None:
        self._python = python
        self._talk = talk
        self._environ = dict(environ)
        # pip must install into the environment it runs in, and ask nothing of a person.
        for name in ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_USER"):
            self._environ.pop(name, None)
        self._environ |= {"PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

    def bring_to(self, lock: Path) -> None:
        """Install what ``lock`` names and remove what it does not; SetupFailed with pip's words."""
        text = lock.read_text("utf-8")
        names = locked_names(text)
        if not self._by_uv(lock, text, len(names)):
            self._pip(len(names), "--require-hashes", "--requirement", str(lock))
        said = subprocess.run(
            [str(self._python), "-c", _INSTALLED], capture_output=True, text=True, check=True
        )
        extra = sorted({normal(name) for name in said.stdout.split()} - names - KEEP)
        if extra:
            self._talk.say("prune", names=", ".join(extra))
            self.run([str(self._python), "-m", "pip", "uninstall", "--quiet", "--yes", *extra])

    def editable(self, root: Path) -> None:
        """Install the checkout itself; its build backend is in the lock already."""
        self._pip(0, "--no-deps", "--no-build-isolation", "--editable", str(root))

    def _by_uv(self, lock: Path, text: str, count: int) -> bool:
        settings = self._uv_settings()
        entry = lock_entry(text, "uv")
        if settings is None or not entry:
            return False
        with tempfile.NamedTemporaryFile("w", suffix=".lock", dir=self._python.parent) as alone:
            alone.write(entry)
            alone.flush()
            try:
                self._pip(0, "--require-hashes", "--no-deps", "--requirement", alone.name)
                uv = str(self._python.with_name("uv"))
                self.run(
                    [
                        *(uv, "pip", "install", "--quiet", "--no-config", "--compile-bytecode"),
                        *("--python", str(self._python), "--require-hashes"),
                        *("--requirement", str(lock)),
                    ],
                    count=count,
                    extra=settings,
                )
            except SetupFailed:
                return False
        return True

    def _uv_settings(self) -> dict[str, str] | None:
        """Pip's settings in uv's words; None where a word is lacking."""
        said = subprocess.run(
            [str(self._python), "-m", "pip", "config", "list"],
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
        )
        return translate(said.stdout) if said.returncode == 0 else None

    def _pip(self, count: int, *arguments: str) -> None:
        self.run([str(self._python), "-m", "pip", "install", "--quiet", *arguments], count=count)

    def run(
        self, command: list[str], *, count: int = 0, extra: Mapping[str, str] | None = None
    ) -> None:
        """Run an installer; a line every few seconds when ``count`` packages are at stake."""
        started = time.monotonic()

        def tick(_seconds: float) -> None:
            if count:
                self._talk.say("deps", count=count, seconds=time.monotonic() - started)

        result = watched.run(
            command,
            environ={**self._environ, **(extra or {})},
            cwd=Path(os.sep),
            bounds=watched.Bounds(TOTAL_S),
            tick=tick,
        )
        if result.code != 0:
            raise SetupFailed("\n".join(result.tail) or result.reason)


def translate(listing: str) -> dict[str, str] | None:
    """``pip config list`` as environment of uv; None when something would be lost.

    A line reads ``global.index-url='...'`` or ``:env:.index-url='...'``; the environment, which
    comes last in pip's order of precedence, wins whatever the order of the lines.
    """
    settings: dict[str, str] = {}
    lines = re.findall(r"(?m)^(\S+?)\.([\w-]+)=(.*)$", listing)
    for _, name, quoted in sorted(lines, key=lambda line: line[0] == ":env:"):
        if name in HARMLESS:
            continue
        if name not in TRANSLATED:
            return None
        try:
            value = str(ast.literal_eval(quoted))
        except (ValueError, SyntaxError):
            return None
        separator = "," if name == "find-links" else " "
        settings[TRANSLATED[name]] = separator.join(value.split()) if name != "cert" else value
    return settings


def normal(name: str) -> str:
    """A distribution's name as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked_names(lock: str) -> frozenset[str]:
    """Names in a lock file, normalized."""
    return frozenset(normal(name) for name in re.findall(r"(?m)^([A-Za-z0-9][\w.-]*)==", lock))


def lock_entry(lock: str, name: str) -> str:
    """The lines of one package in a lock file, with its hashes; empty when it is not there."""
    found = re.search(rf"(?m)^{re.escape(name)}==.*(?:\n[ \t]+--hash.*)*", lock)
    return found[0] + "\n" if found else ""
