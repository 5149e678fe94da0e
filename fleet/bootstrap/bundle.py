"""One file that installs the product on Debian 12 without any network (docs/offline.md).

In it: the locked wheels for this machine's platform, the product's own wheel of the last commit, a
pip to start with (Debian's python3 has none), the engine, the collection, the example, documents,
the .deb files of python3, git and openssh-client, SHA-256 sums of all, and `install.sh`.

The .deb files are what apt would need on an empty Debian 12: apt resolves against an empty list of
installed packages, in folders of its own, as any user, from the mirror this machine has. They are
indexed, so that apt on the target takes only what is missing there.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from fleet.bootstrap.engine import MARK, VERSION, locate
from fleet.bootstrap.packages import SetupFailed
from fleet.bootstrap.talk import Talk

DEBS = ("python3", "git", "openssh-client")
CODENAME, PYTHON = "bookworm", (3, 11)
LOCK = "requirements.lock"
# Folders and files of the commit that travel as they are, and where.
CARRIED = {
    "inventories": "example",
    "playbooks": "collection",
    "docs": "docs",
    "README.md": "README.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "LICENSE": "LICENSE",
    "LICENSES": "LICENSES",
    "fleet/bootstrap/install.sh": "install.sh",
}
_FIELDS = ("Package", "Version", "Architecture", "Depends", "Pre-Depends", "Provides", "Conflicts",
           "Breaks", "Replaces", "Multi-Arch", "Essential", "Priority", "Section")  # fmt: skip


def make_bundle(root: Path, python: Path, out: Path, talk: Talk) -> Path:
    """Write the bundle into `out` and return its path.

    Args:
        root: the checkout; its last commit is bundled.
        python: the interpreter of its environment, which has pip and the build tools.
        out: a folder, made if need be.
        talk: says each part as it begins.

    Raises:
        SetupFailed: this is no Debian 12 or has no Python 3.11, or a part cannot be had.
    """
    _fits()
    commit = _run(["git", "-C", str(root), "rev-parse", "HEAD"]).strip()
    if _run(["git", "-C", str(root), "status", "--porcelain"]).strip():
        talk.say("bundle-dirty")
    engine = locate()
    if engine is None:
        raise SetupFailed("no engine: make setup")
    machine = os.uname().machine
    name = f"compound-fleet-{_version(root)}-debian12-{machine}"
    with tempfile.TemporaryDirectory(prefix="fleet-bundle-") as folder:
        work, tree = Path(folder), Path(folder) / name
        tree.mkdir()
        source = _source(root, work)
        parts: tuple[tuple[str, Callable[[], None]], ...] = (
            ("wheels", lambda: _wheels(source, python, tree)),
            ("pulumi", lambda: _engine(engine.path, tree / "engine")),
            (" ".join(DEBS), lambda: _debs(work, tree / "debs")),
            ("docs", lambda: _carried(source, tree)),
        )
        for part, act in parts:
            talk.say("bundle-part", part=part)
            act()
        (tree / "COMMIT").write_text(commit + "\n")
        _sums(tree)
        made = int(_run(["git", "-C", str(root), "log", "-1", "--format=%ct"]))
        out.mkdir(parents=True, exist_ok=True)
        path = out / f"{name}.tar.gz"
        talk.say("bundle-part", part=path.name)
        _pack(tree, path, made)
    digest, size = _sha256(path), path.stat().st_size // 1_000_000
    talk.say("bundle-done", path=path, size=size, digest=digest, commit=commit[:12])
    return path


def _fits() -> None:
    """The wheels are this Python's and the .deb files this release's, so both must be the target's.

    Raises:
        SetupFailed: they are not.
    """
    release = Path("/etc/os-release")
    words = release.read_text("utf-8") if release.exists() else ""
    if f"VERSION_CODENAME={CODENAME}" not in words:
        raise SetupFailed(f"a bundle is made on Debian 12 ({CODENAME}); see docs/offline.md")
    if sys.version_info[:2] != PYTHON:
        raise SetupFailed("a bundle is made with Python 3.11: make PYTHON=python3.11 bundle")


def _version(root: Path) -> str:
    """The product's version, read and not imported: set-up knows no product."""
    found = re.search(
        r'^__version__ = "(.+)"$', (root / "fleet/__init__.py").read_text("utf-8"), re.M
    )
    if found is None:
        raise SetupFailed("fleet/__init__.py tells no version")
    return found[1]


def _source(root: Path, work: Path) -> Path:
    """The last commit, so that nothing that lies about in the checkout travels."""
    archive, source = work / "source.tar", work / "source"
    _run(["git", "-C", str(root), "archive", "--format=tar", f"--output={archive}", "HEAD"])
    with tarfile.open(archive) as found:
        found.extractall(source, filter="data")
    return source


def _wheels(source: Path, python: Path, tree: Path) -> None:
    """Every locked wheel, checked by hash, the product's own, and a pip; then one requirements."""
    wheels = tree / "wheels"
    wheels.mkdir()
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    get = [*pip, "download", "--quiet", "--only-binary=:all:", "--dest", str(wheels)]
    _run([*get, "--require-hashes", "--requirement", str(source / LOCK)])
    version = _run([str(python), "-c", "import pip; print(pip.__version__)"]).strip()
    _run([*get, "--no-deps", f"pip=={version}"])
    build = [str(python), "-m", "build", "--wheel", "--no-isolation"]
    _run([*build, "--outdir", str(wheels), str(source)])
    (own,) = wheels.glob("compound_fleet-*.whl")
    lines = (source / LOCK).read_text("utf-8")
    pinned = f"compound-fleet=={own.name.split('-')[1]} --hash=sha256:{_sha256(own)}\n"
    (tree / "requirements.txt").write_text(lines.rstrip("\n") + "\n" + pinned, "utf-8")


def _engine(binary: Path, target: Path) -> None:
    """The engine in the layout that its SDK looks for."""
    (target / "bin").mkdir(parents=True)
    shutil.copy2(binary.resolve(), target / "pulumi")
    (target / "bin" / "pulumi").symlink_to("../pulumi")
    (target / MARK).write_text(VERSION + "\n", "utf-8")


def _debs(work: Path, target: Path) -> None:
    """What apt would install on an empty system, and an index of it."""
    target.mkdir()
    (target / "partial").mkdir()
    status = work / "status"
    status.touch()
    settings = {
        "Dir::State::status": status,
        "Dir::State::extended_states": work / "extended_states",
        "Dir::Cache::archives": target,
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "Debug::NoLocking": "1",
        "APT::Sandbox::User": "",
    }
    options = [word for k, v in settings.items() for word in ("-o", f"{k}={v}")]
    get = ["apt-get", "-qq", "-y", "--no-install-recommends", *options]
    _run([*get, "--download-only", "install", *DEBS])
    shutil.rmtree(target / "partial")
    (target / "lock").unlink(missing_ok=True)
    blocks = []
    for deb in sorted(target.glob("*.deb")):
        # A name with %3a would be decoded once by apt: the file is called what the index says.
        plain = deb.rename(target / deb.name.replace("%3a", "_"))
        control = _run(["dpkg-deb", "--field", str(plain), *_FIELDS])
        size, digest = plain.stat().st_size, _sha256(plain)
        blocks.append(f"{control}Filename: ./{plain.name}\nSize: {size}\nSHA256: {digest}\n")
    (target / "Packages").write_text("\n".join(blocks), "utf-8")


def _carried(source: Path, tree: Path) -> None:
    for name, place in CARRIED.items():
        found, target = source / name, tree / place
        if found.is_dir():
            shutil.copytree(found, target, symlinks=True)
        else:
            shutil.copy2(found, target)


def _sums(tree: Path) -> None:
    """`SHA256SUMS` over every file, as `sha256sum -c` reads it."""
    sums = tree / "SHA256SUMS"
    files = sorted(p for p in tree.rglob("*") if p.is_file() and not p.is_symlink() and p != sums)
    lines = [f"{_sha256(p)}  ./{p.relative_to(tree).as_posix()}\n" for p in files]
    sums.write_text("".join(lines), "utf-8")


def _pack(tree: Path, path: Path, made: int) -> None:
    """A .tar.gz (minbase has no xz), sorted, of one time and no owner; whole or not at all."""

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = made
        return entry

    beside = path.with_name(path.name + ".new")
    with (
        beside.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6, filename="", mtime=made) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for entry in sorted([tree, *tree.rglob("*")]):
            name = entry.relative_to(tree.parent).as_posix()
            archive.add(entry, arcname=name, recursive=False, filter=plain)
    beside.replace(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(command: list[str]) -> str:
    """Run to the end; SetupFailed with its last words when it fails."""
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise SetupFailed(f"{' '.join(command[:4])} …: {' / '.join(last)}")
    return done.stdout
