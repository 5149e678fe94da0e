"""Where the Pulumi engine is, told without starting it whenever that can be avoided.

The product pins one engine version, the one whose Python SDK is locked: a newer engine on the PATH
may write a plan or a checkpoint this SDK cannot read, so another minor version counts as absent.
A cached engine carries a ``version`` file beside it, written last: no file, no engine.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

VERSION = "3.259.0"
"""Equal to the pin of ``pulumi`` in pyproject.toml and to that of stacks/engine/go.mod."""

MARK = "version"
"""Name of the file beside a complete binary; its text is the version."""

ASK_TIMEOUT_S = 10.0
"""A program on the PATH that does not tell its version within this many seconds is not used."""

Origin = Literal["path", "bundle", "cache", "installer", "build"]


@dataclass(frozen=True)
class Engine:
    """An engine that can be run: absolute path, version without the ``v``, and who brought it."""

    path: Path
    version: str
    origin: Origin


def parse_version(text: str) -> tuple[int, int, int] | None:
    """Read ``v3.259.0``, ``3.259.0-dev`` or ``go1.26`` as three numbers; None for anything else."""
    match = re.match(r"\s*(?:v|go)?(\d+)\.(\d+)(?:\.(\d+))?(?![\w.])(?:[-+]\S*)?\s*$", text)
    if match is None:
        return None
    return int(match[1]), int(match[2]), int(match[3] or 0)


def is_supported(text: str) -> bool:
    """Whether an engine of this version may be driven: same major and minor, any patch."""
    found, pinned = parse_version(text), parse_version(VERSION)
    return found is not None and pinned is not None and found[:2] == pinned[:2]


def cache_home(environ: Mapping[str, str] | None = None) -> Path:
    """The user's cache folder of this product; made by whoever writes there first."""
    environ = os.environ if environ is None else environ
    base = environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # the XDG rules: a relative value is ignored
        base = os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".cache")
    return Path(base, "compound-fleet")


def engine_home(environ: Mapping[str, str] | None = None) -> Path:
    """The folder of the cached engine: ``pulumi``, ``bin/pulumi`` (the same), ``version``."""
    return cache_home(environ) / f"pulumi-{VERSION}"


def locate(environ: Mapping[str, str] | None = None) -> Engine | None:
    """The engine to use: one on the PATH, else the bundle's, else the cached one, else None."""
    environ = os.environ if environ is None else environ
    on_path = shutil.which("pulumi", path=environ.get("PATH", os.defpath))
    if on_path is not None:
        version = _version_of(Path(on_path).absolute())
        if is_supported(version):
            return Engine(Path(on_path).absolute(), version, "path")
    return bundled() or cached(environ)


def bundled(prefix: str | None = None) -> Engine | None:
    """The engine that an offline bundle put beside this Python (docs/offline.md), for all users."""
    return _whole(Path(prefix or sys.prefix) / f"pulumi-{VERSION}" / "pulumi", "bundle")


def cached(environ: Mapping[str, str] | None = None) -> Engine | None:
    """The cached engine, if it is complete."""
    return _whole(engine_home(environ) / "pulumi", "cache")


def find_engine(environ: Mapping[str, str] | None = None) -> Path | None:
    """Absolute path of the engine to run, or None: then ``make setup`` has not been here."""
    engine = locate(environ)
    return None if engine is None else engine.path


def _whole(path: Path, origin: Origin) -> Engine | None:
    version = _marked(path)
    if not is_supported(version) or not os.access(path, os.X_OK):
        return None
    return Engine(path, version, origin)


def _marked(binary: Path) -> str:
    try:
        return binary.with_name(MARK).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _version_of(binary: Path) -> str:
    marked = _marked(binary.resolve())
    if marked:
        return marked
    try:
        seen = binary.stat()
    except OSError:
        return ""
    return _asked(binary, seen.st_mtime_ns, seen.st_size)


@functools.lru_cache(maxsize=8)
def _asked(binary: Path, _mtime_ns: int, _size: int) -> str:
    # Keyed by time and size: a program replaced while we run is asked again, all others once.
    return ask_version(binary)


def ask_version(binary: Path) -> str:
    """Run ``BINARY version`` and return what it says without the ``v``; empty when it fails."""
    quiet = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(
            [str(binary), "version"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=ASK_TIMEOUT_S,
            env=quiet,
            check=True,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return answer.stdout.strip().removeprefix("v")
