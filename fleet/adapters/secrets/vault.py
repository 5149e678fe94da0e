"""Secrets by `secret://vault/KEY`: the city's ansible-vault file, opened when first needed."""

from __future__ import annotations

import errno
from pathlib import Path

from fleet.adapters.secrets.ansible_vault import DamagedVault, NotAVault, WrongPassword, decrypt
from fleet.adapters.secrets.vault_content import BadContent, flatten
from fleet.model.errors import SecretError
from fleet.model.secret import Secret, SecretRef
from fleet.model.text import Text, text

_RESTORE = text(
    "put the file back from git; edit it only with ansible-vault edit",
    "请从 git 恢复该文件；只用 ansible-vault edit 编辑",
)


class VaultSecrets:
    """One vault file with the file that holds its password; both are read at the first use."""

    def __init__(self, file: Path | None, password_file: Path | None) -> None:
        self._file = file
        self._password_file = password_file
        self._held: dict[str, Secret] | None = None

    def resolve(self, ref: SecretRef) -> Secret:
        """Return the value under that key.

        Raises:
            SecretError: no such file, key or password, the wrong password, or a damaged file.
        """
        if self._held is None:
            self._held = self._open(ref)
        if ref.name not in self._held:
            raise _error(
                ref,
                text("{f} has no key {k}", "{f} 中没有键 {k}", f=self._file, k=ref.name),
                text(
                    "add it: ansible-vault edit --vault-password-file {p} {f}",
                    "请添加：ansible-vault edit --vault-password-file {p} {f}",
                    p=self._password_file,
                    f=self._file,
                ),
            )
        return self._held[ref.name]

    def _open(self, ref: SecretRef) -> dict[str, Secret]:
        if self._file is None or self._password_file is None:
            raise _error(
                ref,
                text("the city names no vault file", "城市未指定保险库文件"),
                text(
                    "name the vault file and its password file in city.yaml",
                    "请在 city.yaml 中指定保险库文件及其密码文件",
                ),
            )
        data = _read(ref, self._file)
        password = _read(ref, self._password_file).strip()
        if not password:
            raise _error(
                ref,
                text("{p} is empty", "{p} 为空", p=self._password_file),
                text("put the vault's password there", "请在其中写入保险库密码"),
            )
        try:
            values = flatten(decrypt(data, password))
        except WrongPassword as error:
            raise _error(
                ref,
                text(
                    "the password in {p} does not open {f}, or {f} was altered",
                    "{p} 中的密码打不开 {f}，或 {f} 已被改动",
                    p=self._password_file,
                    f=self._file,
                ),
                text(
                    "compare: ansible-vault view --vault-password-file {p} {f}",
                    "请核对：ansible-vault view --vault-password-file {p} {f}",
                    p=self._password_file,
                    f=self._file,
                ),
            ) from error
        except NotAVault as error:
            raise _error(
                ref,
                text("{f} is no ansible-vault file", "{f} 不是 ansible-vault 文件", f=self._file),
                text(
                    "encrypt it: ansible-vault encrypt {f}",
                    "请加密：ansible-vault encrypt {f}",
                    f=self._file,
                ),
            ) from error
        except DamagedVault as error:
            raise _error(
                ref, text("{f} is damaged", "{f} 已损坏", f=self._file), _RESTORE
            ) from error
        except BadContent as error:
            # Its cause is left out: a YAML error quotes the text around the place, in clear.
            raise _error(
                ref,
                text(
                    "what {f} holds is no plain mapping of keys to texts: {why}",
                    "{f} 的内容不是“键: 文本”的映射：{why}",
                    f=self._file,
                    why=error.why,
                ),
                _RESTORE,
            ) from None
        return {key: Secret(value) for key, value in values.items()}


def _read(ref: SecretRef, path: Path) -> bytes:
    try:
        if path.is_fifo():
            # Opening it would wait for a writer that never comes.
            raise OSError(errno.EINVAL, "not a regular file")
        return path.read_bytes()
    except OSError as error:
        raise _error(
            ref,
            text("{p}: {why}", "{p}：{why}", p=path, why=error.strerror),
            text("the file must be there and readable", "该文件必须存在且可读"),
        ) from error


def _error(ref: SecretRef, why: Text, fix: Text) -> SecretError:
    return SecretError(text("{ref}: {why}", "{ref}：{why}", ref=ref, why=why), fix)
