"""The state folder as every verb makes it: private, or a clear word on why there is none."""

from __future__ import annotations

import os
from pathlib import Path

from fleet.adapters.atomic import private_folder
from fleet.model.errors import StoreError
from fleet.model.text import text


def state_folder(path: Path) -> Path:
    """Make the state folder, or a folder in it, with mode 0700; an existing one stays as it is.

    Raises:
        StoreError: it cannot be made, something else has its name, or it is closed to this user.
    """
    not_closed(path)
    try:
        return private_folder(path)
    except OSError as error:
        raise StoreError(
            text(
                "the state folder {p} cannot be made: {e}",
                "无法创建状态目录 {p}：{e}",
                p=path,
                e=error.strerror,
            ),
            text(
                "free its name or give write access, or name another one with FLEET_STATE",
                "请移走同名文件或赋予写权限，或用 FLEET_STATE 指定其他目录",
            ),
        ) from error


def not_closed(path: Path) -> None:
    """Look into a state folder that may not be there; writing in it is not asked for.

    Raises:
        StoreError: it is there and closed to this user.
    """
    if path.is_dir() and not os.access(path, os.R_OK | os.X_OK):
        raise StoreError(
            text(
                "the state folder {p} is closed to this user",
                "当前用户无权进入状态目录 {p}",
                p=path,
            ),
            text(
                "run as its owner, or name another one with FLEET_STATE",
                "请以其所有者身份运行，或用 FLEET_STATE 指定其他目录",
            ),
        )


def registrar_socket(state_dir: Path, district: str) -> Path | None:
    """The control socket of a district's registrar; None where none runs."""
    path = state_dir / "services" / district / "registrar" / "control.sock"
    return path if path.exists() else None
