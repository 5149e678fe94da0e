"""Get the engine once per user and version: official installer, else a build from Go modules.

Nothing half-done can be found afterwards: all work happens in a private folder inside the cache,
the finished folder is renamed into place as the last act, and whoever comes next, holding the lock,
removes what a killed predecessor left. The lock is the kernel's (flock): it dies with its holder.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fleet.bootstrap import gobuild, watched
from fleet.bootstrap.engine import (
    MARK,
    VERSION,
    Engine,
    Origin,
    ask_version,
    cache_home,
    engine_home,
    is_supported,
    locate,
)
from fleet.bootstrap.steps import Context, StepFailed
from fleet.bootstrap.talk import Talk

INSTALLER_STALL_S = 15.0
"""No byte for this long: the vendor's site is not to be had from here."""

INSTALLER_TOTAL_S = 900.0

WORK_PREFIX = f".work-{VERSION}-"

_INSTALL = """
import sys
from pulumi.automation import PulumiCommand
from semver import VersionInfo
PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))
"""


class EngineUnavailable(Exception):
    """No step of the chain brought an engine; the text names each step's reason and the remedy."""


@dataclass(frozen=True)
class Step:
    """One way to get an engine: ``bring`` returns a binary inside the work folder or fails."""

    origin: Origin
    name: str
    bring: Callable[[Context], Path]


def ensure_engine(
    source: Path,
    *,
    python: Path,
    talk: Talk,
    environ: Mapping[str, str] | None = None,
    steps: tuple[Step, ...] | None = None,
) -> Engine:
    """The engine, got if need be; says on the way what it does and at the end which it took.

    ``source`` is the folder of the Go module (``stacks/engine``), ``python`` the interpreter of an
    environment that has the Pulumi SDK. Raises EngineUnavailable when every step failed, OSError
    when the cache cannot be written.
    """
    environ = os.environ if environ is None else environ
    engine = locate(environ)
    if engine is None:
        cache_home(environ).mkdir(parents=True, exist_ok=True)
        with _lock(environ, talk):
            engine = locate(environ) or _get(source, python, talk, environ, steps or STEPS)
    how = talk.text(f"how-{engine.origin}", path=engine.path)
    talk.say("engine-took", version=engine.version, how=how)
    return engine


def _get(
    source: Path, python: Path, talk: Talk, environ: Mapping[str, str], steps: tuple[Step, ...]
) -> Engine:
    home = cache_home(environ)
    leftovers = list(home.glob(WORK_PREFIX + "*"))
    for leftover in leftovers:
        watched.remove_tree(leftover)
    if leftovers:
        talk.say("engine-swept")
    tried: list[str] = []
    for step in steps:
        work = Path(tempfile.mkdtemp(prefix=WORK_PREFIX, dir=home))
        try:
            binary = step.bring(Context(source, python, talk, environ, work))
            return _settle(binary, work, step.origin, environ)
        except StepFailed as failure:
            talk.say("step-failed", step=step.name, reason=failure)
            tried.append(f"{step.name}: {failure}")
        finally:
            watched.remove_tree(work)
    raise EngineUnavailable(talk.text("engine-none", version=VERSION, tried="; ".join(tried)))


def _settle(binary: Path, work: Path, origin: Origin, environ: Mapping[str, str]) -> Engine:
    """Prove the binary, put its folder together and rename it into place in one act."""
    version = ask_version(binary)
    if not is_supported(version):
        raise StepFailed(f"the program says version {version or 'nothing'}, not {VERSION}")
    ready = work / "ready"
    (ready / "bin").mkdir(parents=True)
    binary.rename(ready / "pulumi")
    (ready / "pulumi").chmod(0o755)
    # The layout that PulumiCommand(root=...) of the SDK looks for.
    (ready / "bin" / "pulumi").symlink_to("../pulumi")
    (ready / MARK).write_text(version + "\n", "utf-8")
    _flush(ready / "pulumi")
    home = engine_home(environ)
    if home.exists():  # incomplete or of another version: the lock says nobody is making it
        home.rename(work / "old")
    ready.rename(home)
    _flush(home.parent)
    return Engine(home / "pulumi", version, origin)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _lock(environ: Mapping[str, str], talk: Talk) -> Iterator[None]:
    """Hold the cache's lock; while somebody else does, say who and for how long we wait."""
    path = cache_home(environ) / f"pulumi-{VERSION}.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        started = said = time.monotonic()
        said -= watched.TICK_S
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() - said >= watched.TICK_S:
                    said = time.monotonic()
                    pid = os.pread(handle, 20, 0).decode("ascii", "replace").strip() or "?"
                    talk.say("engine-wait", pid=pid, seconds=said - started)
                time.sleep(0.1)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def official_installer(context: Context) -> Path:
    """Let the SDK fetch its own engine into the work folder; a site out of reach costs seconds."""
    root, temp = context.work / "installed", context.work / "tmp"
    root.mkdir()
    temp.mkdir()

    def tick(seconds: float) -> None:
        size = watched.size_of(context.work) // 1_000_000
        context.talk.say("installer", seconds=seconds, size=size)

    result = watched.run(
        [str(context.python), "-c", _INSTALL, str(root), VERSION],
        environ={**context.environ, "TMPDIR": str(temp)},
        cwd=context.work,
        bounds=watched.Bounds(INSTALLER_TOTAL_S, INSTALLER_STALL_S, context.work),
        tick=tick,
    )
    if result.code is None:
        raise StepFailed(f"no answer for {INSTALLER_STALL_S:.0f} s")
    binary = root / "bin" / "pulumi"
    if result.code != 0 or not binary.is_file():
        raise StepFailed(result.reason)
    return binary


STEPS: tuple[Step, ...] = (
    Step("installer", "official installer", official_installer),
    Step("build", "build from Go modules", gobuild.build),
)
