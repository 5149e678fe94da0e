"""The offline bundle: what it is made of, that it is told apart, and `install.sh` on a small one.

The whole of it, in an empty Debian without a route, is `make bundle-test`.
"""

from __future__ import annotations

import base64
import ensurepip
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import fleet
from fleet.bootstrap import bundle
from fleet.bootstrap.engine import MARK, VERSION, bundled
from fleet.bootstrap.packages import SetupFailed

ROOT = Path(__file__).resolve().parents[2]
INSTALL = ROOT / "fleet" / "bootstrap" / "install.sh"


def test_everything_that_is_carried_is_there() -> None:
    """A folder that was renamed would be missed on the day of the bundle only."""
    for name in bundle.CARRIED:
        assert (ROOT / name).exists(), name


def test_an_engine_beside_python_is_found_when_it_is_whole(tmp_path: Path) -> None:
    """With its mark, of the pinned version, and one that can be run."""
    folder = tmp_path / f"pulumi-{VERSION}"
    folder.mkdir()
    assert bundled(str(tmp_path)) is None
    (folder / "pulumi").write_text("#!/bin/sh\n")
    (folder / MARK).write_text(VERSION + "\n")
    assert bundled(str(tmp_path)) is None
    (folder / "pulumi").chmod(0o755)

    found = bundled(str(tmp_path))
    assert found is not None
    assert (found.origin, found.version, found.path.parent) == ("bundle", VERSION, folder)
    (folder / MARK).write_text("1.0.0\n")
    assert bundled(str(tmp_path)) is None


def test_the_engine_is_laid_out_as_its_sdk_looks_for_it(tmp_path: Path) -> None:
    """The program, `bin/` to it, and the mark."""
    binary = tmp_path / "pulumi"
    binary.write_text("engine")
    bundle._engine(binary, tmp_path / "engine")

    assert (tmp_path / "engine/bin/pulumi").read_text() == "engine"
    assert (tmp_path / "engine" / MARK).read_text() == VERSION + "\n"


@pytest.mark.parametrize(
    ("release", "python", "words"),
    [
        ("ID=debian\nVERSION_CODENAME=trixie\n", (3, 11), "Debian 12"),
        ("", (3, 11), "Debian 12"),
        ("VERSION_CODENAME=bookworm\n", (3, 13), "Python 3.11"),
    ],
)
def test_another_system_is_refused(
    monkeypatch: pytest.MonkeyPatch, release: str, python: tuple[int, int], words: str
) -> None:
    """Its wheels or packages would not fit the target."""
    monkeypatch.setattr(Path, "read_text", lambda *_: release)
    monkeypatch.setattr(bundle.sys, "version_info", python)

    with pytest.raises(SetupFailed, match=words):
        bundle._fits()


def test_a_part_that_cannot_be_had_is_told_with_its_last_words() -> None:
    """Not with a stack of calls."""
    with pytest.raises(SetupFailed, match="No such file or directory"):
        bundle._run(["ls", "/no/such/place"])


def test_sums_are_read_by_sha256sum_and_the_archive_is_the_same_twice(tmp_path: Path) -> None:
    """Every file but the sums themselves; two packings of one tree are equal."""
    tree = tmp_path / "tree"
    (tree / "a b").mkdir(parents=True)
    (tree / "a b" / "文件").write_text("x")
    (tree / "link").symlink_to("a b")
    bundle._sums(tree)
    bundle._pack(tree, tmp_path / "1.tar.gz", 1_700_000_000)
    os.utime(tree / "a b" / "文件", (1, 1))
    bundle._pack(tree, tmp_path / "2.tar.gz", 1_700_000_000)

    assert (tmp_path / "1.tar.gz").read_bytes() == (tmp_path / "2.tar.gz").read_bytes()
    with tarfile.open(tmp_path / "1.tar.gz") as packed:
        assert [m.name for m in packed] == [
            "tree", "tree/SHA256SUMS", "tree/a b", "tree/a b/文件", "tree/link",
        ]  # fmt: skip
        assert {(m.uid, m.uname, m.mtime) for m in packed} == {(0, "root", 1_700_000_000)}
    done = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=tree, capture_output=True, text=True, check=True
    )
    assert done.stdout == "./a b/文件: OK\n"


def small_wheel(folder: Path, version: str) -> Path:
    """A wheel named as ours whose `fleet` says its version."""
    info = f"compound_fleet-{version}.dist-info"
    files = {
        "smallfleet.py": f"def main():\n    print('fleet {version}')\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: compound-fleet\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nfleet = smallfleet:main\n",
    }
    record = []
    for name, words in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(words.encode()).digest()).decode()
        record.append(f"{name},sha256={digest.rstrip('=')},{len(words.encode())}\n")
    path = folder / f"compound_fleet-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, words in files.items():
            archive.writestr(name, words)
        archive.writestr(f"{info}/RECORD", "".join(record) + f"{info}/RECORD,,\n")
    return path


def small_bundle(folder: Path, version: str = "1.0") -> Path:
    """A bundle with one wheel, an engine that is a text, and no packages."""
    (folder / "wheels").mkdir(parents=True)
    (pip,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    shutil.copy(pip, folder / "wheels")
    digest = hashlib.sha256(small_wheel(folder / "wheels", version).read_bytes()).hexdigest()
    (folder / "requirements.txt").write_text(f"compound-fleet=={version} --hash=sha256:{digest}\n")
    (folder / "engine").mkdir()
    (folder / "engine" / "version").write_text("3.0\n")
    for part in ("docs", "collection", "LICENSES", "example"):
        (folder / part).mkdir()
        (folder / part / "file").write_text(version)
    for part in ("LICENSE", "README.md", "CHANGELOG.md", "COMMIT"):
        (folder / part).write_text(version)
    shutil.copy(INSTALL, folder / "install.sh")
    bundle._sums(folder)
    return folder


def install(folder: Path, target: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `install.sh` as on a machine that has python3, git and ssh."""
    tools = target.parent / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("git", "ssh"):
        (tools / name).write_text("#!/bin/sh\n")
        (tools / name).chmod(0o755)
    path = f"{Path(sys.executable).parent}:{tools}:/usr/bin:/bin"
    leaks = {"PIP_INDEX_URL": "http://192.0.2.1/", "PYTHONPATH": "/nowhere", "PIP_TARGET": "/x"}
    return subprocess.run(
        [str(folder / "install.sh"), str(target)],
        capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL,
        env={"PATH": path, "HOME": str(target.parent), "LC_ALL": "C.UTF-8", **leaks, **more},
    )  # fmt: skip


@pytest.mark.scenario
def test_it_installs_again_and_keeps_what_is_yours(tmp_path: Path) -> None:
    """Settings of the caller leak nowhere; an edited example survives the next version."""
    target = tmp_path / "target"
    first = install(small_bundle(tmp_path / "one"), target)
    assert first.returncode == 0, first.stderr
    (target / "example" / "file").write_text("mine")
    second = install(small_bundle(tmp_path / "two", "2.0"), target, LC_ALL="zh_CN.UTF-8")

    assert "fleet 1.0" in first.stdout
    assert second.returncode == 0, second.stderr
    assert "fleet 2.0" in second.stdout
    assert "完成" in second.stdout
    assert (target / "example" / "file").read_text() == "mine"
    assert (target / "docs" / "file").read_text() == "2.0"
    assert (target / "venv" / "pulumi-3.0" / "version").exists()
    assert not (tmp_path / "target.old").exists()


def test_an_altered_file_is_named_and_nothing_is_touched(tmp_path: Path) -> None:
    """Before anything is made."""
    folder = small_bundle(tmp_path / "bundle")
    (folder / "docs" / "file").write_text("altered")
    said = install(folder, tmp_path / "target")

    assert said.returncode == 1
    assert "./docs/file: FAILED" in said.stdout
    assert "damaged" in said.stderr
    assert not (tmp_path / "target").exists()


@pytest.mark.scenario
def test_a_wheel_that_is_not_the_locked_one_leaves_what_was_there(tmp_path: Path) -> None:
    """Sums that somebody made anew do not help: pip compares the lock's hash."""
    target = tmp_path / "target"
    assert install(small_bundle(tmp_path / "one"), target).returncode == 0
    folder = small_bundle(tmp_path / "two", "2.0")
    words = (folder / "requirements.txt").read_text()
    (folder / "requirements.txt").write_text(words[:-5] + "0000\n")
    bundle._sums(folder)
    said = install(folder, target)

    assert said.returncode == 1
    assert "nothing was changed" in said.stderr
    version = subprocess.run(
        [str(target / "bin/fleet")], capture_output=True, text=True, check=True
    )
    assert version.stdout == "fleet 1.0\n"


def test_the_version_is_read_and_not_imported(tmp_path: Path) -> None:
    """That of the checkout; a checkout without one is told."""
    assert bundle._version(ROOT) == fleet.__version__
    (tmp_path / "fleet").mkdir()
    (tmp_path / "fleet" / "__init__.py").write_text("")
    with pytest.raises(SetupFailed, match="no version"):
        bundle._version(tmp_path)
