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
        if match is not None:
            found.append(_folder(match.group(1), path, root, scope))
        elif (path / "district.yaml").exists():
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
    compounds = tuple(p for p in files if p.name != "district.yaml" and not p.name.startswith("."))
    return Folder(code, path, path / "district.yaml", compounds)


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
