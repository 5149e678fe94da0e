"""A wheel, built once, and a clean environment elsewhere that has it installed from the lock."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.bootstrap.packages import translate

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git knows, with a used city in it: its state must not travel."""
    copy = tmp_path_factory.mktemp("source") / "checkout"
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    for name in filter(None, listing.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    state = copy / "inventories" / "used" / ".fleet"
    state.mkdir(parents=True)
    (state / "passphrase").write_text("must not travel\n")
    (state.parent / "city.yaml").write_text("# a city\n")
    return copy


@pytest.fixture(scope="session")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of that copy."""
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, source],
        check=True,
        capture_output=True,
    )
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of a clean environment with the lock and the wheel, and nothing else."""
    venv = tmp_path_factory.mktemp("clean") / "venv"
    python = venv / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    pip = [sys.executable, "-m", "pip", "config", "list"]
    settings = translate(subprocess.run(pip, capture_output=True, text=True, check=True).stdout)
    environ = {**os.environ, **(settings or {})}  # behind a mirror, the same mirror
    install = [uv, "pip", "install", "--quiet", "--no-config", "--python", python]
    lock = ["--require-hashes", "--requirement", ROOT / "requirements.lock"]
    subprocess.run([*install, *lock], env=environ, check=True)
    subprocess.run([*install, "--no-deps", "--offline", wheel], check=True)
    return venv / "bin"


@pytest.fixture
def outside(tmp_path: Path) -> dict[str, str]:
    """An environment that knows nothing of the checkout, except where this user keeps engines."""
    kept = ("HOME", "PATH", "XDG_CACHE_HOME", "LANG", "LC_ALL", "TMPDIR")
    environ = {name: os.environ[name] for name in kept if name in os.environ}
    checkout = str(ROOT)
    path = environ.get("PATH", os.defpath).split(os.pathsep)
    environ["PATH"] = os.pathsep.join(entry for entry in path if not entry.startswith(checkout))
    return environ
