"""Programs that stand in for engines, compilers and interpreters: real files that really run."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fleet.bootstrap.engine import MARK, VERSION, engine_home
from fleet.bootstrap.talk import Talk


def program(path: Path, body: str) -> Path:
    """An executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + body + "\n", "utf-8")
    path.chmod(0o755)
    return path


def pulumi(path: Path, version: str = VERSION, *, log: Path | None = None) -> Path:
    """A program that says an engine's version, and notes in ``log`` that it was asked."""
    note = f"echo asked >> {log}\n" if log else ""
    return program(path, f"{note}echo v{version}")


@dataclass
class Machine:
    """A machine of a test's own: a home, a folder on the PATH, and what set-up said."""

    root: Path
    said: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.bin.mkdir(parents=True)
        self.home.mkdir()

    @property
    def bin(self) -> Path:
        return self.root / "bin"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def environ(self) -> dict[str, str]:
        """Nothing of the real user's; the system's own tools stay reachable."""
        return {"HOME": str(self.home), "PATH": f"{self.bin}{os.pathsep}/usr/bin{os.pathsep}/bin"}

    @property
    def cache(self) -> Path:
        return self.home / ".cache" / "compound-fleet"

    @property
    def talk(self) -> Talk:
        return Talk("en", self.said)

    def cached(self, version: str = VERSION, *, marked: bool = True) -> Path:
        """An engine in the cache, whole or, without its mark, half-done."""
        home = engine_home(self.environ)
        binary = pulumi(home / "pulumi", version)
        if marked:
            (home / MARK).write_text(version + "\n", "utf-8")
        return binary

    def leftovers(self) -> Iterator[Path]:
        """Whatever is in the cache that a finished set-up would not leave."""
        whole = {engine_home(self.environ), self.cache / f"pulumi-{VERSION}.lock"}
        return (path for path in self.cache.glob("*") if path not in whole)
