"""Which files make a city: city.yaml, CODE-NAME/district.yaml, and the YAML files beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from fleet.inventory.scope import Scope
from fleet.model.text import text

_DISTRICT = re.compile(r"([0-9]{6})-.+")
_YAML = frozenset({".yaml", ".yml"})


@dataclass(frozen=True)
class Folder:
    """A district's folder: the code in its name, its own file, and its compounds' files."""

    code: str
    path: Path
    district: Path
    compounds: tuple[Path, ...]


def folders(root: Path, scope: Scope) -> list[Folder]:
    """The districts' folders in the order of their names; what is misplaced is noted."""
    found = []
    for path in _listed(root, root, scope):
        if path.name.startswith(".") or not path.is_dir():
            continue
        match = _DISTRICT.fullmatch(path.name)
        if match is not None and _named(path, root, scope):
            found.append(_folder(match.group(1), path, root, scope))
        elif match is None and _has_district(path):
            scope.within(file=f"{path.name}/district.yaml").note(
                "folder",
                None,
                text(
                    "{n} is no district folder's name",
                    "目录名 {n} 不符合区县目录的格式",
                    n=path.name,
                ),
                text(
                    "name it CODE-NAME with the 6 digits of the division, like 340705-tongguan",
                    "请命名为 区划代码-名称，如 340705-tongguan",
                ),
            )
    return found


def _folder(code: str, path: Path, root: Path, scope: Scope) -> Folder:
    files = [p for p in _listed(path, root, scope) if p.suffix.lower() in _YAML]
    compounds = [p for p in files if p.name != "district.yaml" and not p.name.startswith(".")]
    readable = tuple(p for p in compounds if _named(p, root, scope))
    return Folder(code, path, path / "district.yaml", readable)


def _named(path: Path, root: Path, scope: Scope) -> bool:
    """Whether a name is UTF-8 without controls, as all that shows or stores it wants; else noted.

    Archives from other systems bring names in GB 18030, which Linux keeps byte by byte.
    """
    if path.name.isprintable():
        return True
    shown = path.name.encode(errors="surrogateescape").decode("ascii", "backslashreplace")
    scope.within(file=path.parent.relative_to(root).as_posix()).note(
        "file-name",
        None,
        text(
            "the name {n} is not UTF-8 or has control characters",
            "名称 {n} 不是 UTF-8 或含有控制字符",
            n="".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in shown),
        ),
        text("rename it: its name was written in another encoding", "请重命名：名称的编码不对"),
    )
    return False


def _has_district(path: Path) -> bool:
    try:
        return (path / "district.yaml").exists()
    except PermissionError:
        return False  # Like lost+found: whoever may not look inside cannot have meant it.


def _listed(path: Path, root: Path, scope: Scope) -> list[Path]:
    try:
        return sorted(path.iterdir(), key=lambda p: p.name)
    except OSError as error:
        scope.within(file=path.relative_to(root).as_posix()).note(
            "unreadable",
            None,
            text("cannot be listed: {e}", "无法列出目录：{e}", e=error.strerror or ""),
            text("check its permissions", "请检查目录权限"),
        )
        return []
