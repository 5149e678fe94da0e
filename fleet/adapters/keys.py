"""The key files of a state folder: made once, whole or not at all, and never made a second time.

These three and the vault's password file are the only places where a secret stands in clear on
disk (design decision 13): the passphrase that encrypts the engine's files, the city key from which
generated credentials are derived, and each district's CA key.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from fleet.adapters.atomic import clear_killed, create_private, private_folder
from fleet.model.errors import SecretError
from fleet.model.text import text

CITY_KEY_BYTES = 32


class StateKeys:
    """The key files under `STATE/keys/`, each made (0600) when it is first asked for."""

    def __init__(self, state_dir: Path) -> None:
        self._state = state_dir
        self.folder = state_dir / "keys"

    def engine_passphrase_file(self) -> Path:
        """The file with the passphrase of the engine's backend; its text is 64 hex digits.

        Raises:
            SecretError: the file is gone while there are stacks that it encrypts, or not writable.
        """
        path = self.folder / "engine-passphrase"
        self._make(path, secrets.token_hex(32).encode())
        return path

    def city_key(self) -> bytes:
        """The 32 bytes from which every generated credential of the city is derived.

        Raises:
            SecretError: the file is damaged, unreadable, or gone while there are stacks made by it.
        """
        path = self.folder / "city-key"
        self._make(path, secrets.token_hex(CITY_KEY_BYTES).encode() + b"\n")
        try:
            key = bytes.fromhex(path.read_text("ascii"))
        except (OSError, ValueError) as error:
            raise _damaged(path) from error
        if len(key) != CITY_KEY_BYTES:
            raise _damaged(path)
        return key

    def ca_key_file(self, district: str) -> Path:
        """Where a district's CA key (PKCS #8 in PEM) lies; the provider makes it."""
        return self.folder / f"ca-key-{district}.pem"

    def _make(self, path: Path, data: bytes) -> None:
        try:
            # A maker that was killed after the link left the key under a second name.
            clear_killed(path)
            if path.exists():
                return
            if self._in_use():
                raise _lost(path)
            private_folder(self.folder)
            create_private(path, data)
        except OSError as error:
            raise SecretError(
                text(
                    "the key file {p} cannot be made: {why}",
                    "无法创建密钥文件 {p}：{why}",
                    p=path,
                    why=error.strerror,
                ),
                text("give this user write access there", "请赋予当前用户写权限"),
            ) from error

    def _in_use(self) -> bool:
        # A stack's record or checkpoint proves that keys existed once. The folder `keys` itself is
        # made by whichever key comes first, so it proves nothing.
        made = ("services/*/up.json", "pulumi/backend/.pulumi/stacks/*/*.json")
        return any(True for pattern in made for _ in self._state.glob(pattern))


def _lost(path: Path) -> SecretError:
    return SecretError(
        text(
            "the key file {p} is gone, but what was made with it still stands",
            "密钥文件 {p} 已丢失，但用它生成的服务器仍在",
            p=path,
        ),
        text(
            "put it back from its escrow; a new one would give every device a new password",
            "请从托管备份恢复该文件；重新生成会使所有设备的密码改变",
        ),
    )


def _damaged(path: Path) -> SecretError:
    return SecretError(
        text("the key file {p} cannot be used", "密钥文件 {p} 无法使用", p=path),
        text(
            "it must be readable and hold 64 hex digits; put it back from its escrow",
            "该文件应可读且为 64 位十六进制；请从托管备份恢复",
        ),
    )
