"""Every fault of a vault: its sentence in both languages, what to do, and nothing of its values."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fleet.adapters.secrets import vault as module
from fleet.adapters.secrets.ansible_vault import DamagedVault, NotAVault, WrongPassword
from fleet.adapters.secrets.environment import EnvironmentSecrets
from fleet.adapters.secrets.vault import VaultSecrets
from fleet.adapters.secrets.vault_content import BadContent, flatten
from fleet.model.errors import SecretError
from fleet.model.exitcodes import ExitCode
from fleet.model.secret import Secret, SecretRef
from fleet.model.text import text

REF = SecretRef.parse("secret://vault/device/cam-1/admin?version=2")
VALUE = "s3cret-Value"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vault and its password file; what decryption gives is the tests' business."""
    (tmp_path / "v.yaml").write_bytes(b"$ANSIBLE_VAULT;1.1;AES256\n00\n")
    (tmp_path / "p").write_text("pass word\n")
    return tmp_path


def opened(folder: Path) -> VaultSecrets:
    """The store over that folder."""
    return VaultSecrets(folder / "v.yaml", folder / "p")


def refused(store: VaultSecrets) -> SecretError:
    """The error that the reference ends in."""
    with pytest.raises(SecretError) as raised:
        store.resolve(REF)
    assert raised.value.exit_code is ExitCode.SECRETS
    assert VALUE not in raised.value.summary.en + raised.value.summary.zh + str(raised.value)
    assert raised.value.summary.en.startswith(f"{REF}: ")
    assert raised.value.summary.zh.startswith(f"{REF}：")
    assert raised.value.fix is not None
    return raised.value


def decrypting(monkeypatch: pytest.MonkeyPatch, given: bytes | Exception) -> list[bytes]:
    """Let decryption give bytes or raise; returns the passwords that it was asked with."""
    asked: list[bytes] = []

    def decrypt(data: bytes, password: bytes) -> bytes:
        asked.append(password)
        if isinstance(given, Exception):
            raise given
        return given

    monkeypatch.setattr(module, "decrypt", decrypt)
    return asked


def test_a_value_is_found_under_its_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The password is stripped of its line end alone inside; the file is opened once."""
    plain = f"device: {{cam-1: {{admin: {VALUE}}}}}\n".encode()
    asked = decrypting(monkeypatch, plain)
    store = opened(folder)

    assert store.resolve(REF) == Secret(VALUE)
    assert store.resolve(REF) == Secret(VALUE)
    assert asked == [b"pass word"]


@pytest.mark.parametrize("missing", [(True, False), (False, True), (True, True)])
def test_a_city_that_names_no_vault(folder: Path, missing: tuple[bool, bool]) -> None:
    """File, password file, or both are not named."""
    file = None if missing[0] else folder / "v.yaml"
    error = refused(VaultSecrets(file, None if missing[1] else folder / "p"))

    assert error.summary.en == f"{REF}: the city names no vault file"
    assert error.summary.zh == f"{REF}：城市未指定保险库文件"
    assert error.fix == text(
        "name the vault file and its password file in city.yaml",
        "请在 city.yaml 中指定保险库文件及其密码文件",
    )


@pytest.mark.parametrize("name", ["v.yaml", "p"])
def test_a_file_that_is_not_there(folder: Path, name: str) -> None:
    """Which of the two, and why."""
    (folder / name).unlink()

    error = refused(opened(folder))

    assert error.summary.en == f"{REF}: {folder / name}: No such file or directory"
    assert error.summary.zh == f"{REF}：{folder / name}：No such file or directory"
    assert error.fix == text("the file must be there and readable", "该文件必须存在且可读")


@pytest.mark.parametrize("name", ["v.yaml", "p"])
def test_a_folder_in_a_files_place(folder: Path, name: str) -> None:
    """Something else under that name."""
    (folder / name).unlink()
    (folder / name).mkdir()

    assert "Is a directory" in refused(opened(folder)).summary.en


@pytest.mark.parametrize("password", ["", "\n", "  \n\t"])
def test_an_empty_password_file(folder: Path, password: str) -> None:
    """Blanks are no password; decryption is not even tried."""
    (folder / "p").write_text(password)

    error = refused(opened(folder))

    assert error.summary.en == f"{REF}: {folder / 'p'} is empty"
    assert error.summary.zh == f"{REF}：{folder / 'p'} 为空"


@pytest.mark.parametrize(
    ("given", "en", "zh", "fix"),
    [
        (WrongPassword("x"), "the password in {p} does not open {v}, or {v} was altered",
         "{p} 中的密码打不开 {v}，或 {v} 已被改动",
         "compare: ansible-vault view --vault-password-file {p} {v}"),
        (NotAVault("x"), "{v} is no ansible-vault file", "{v} 不是 ansible-vault 文件",
         "encrypt it: ansible-vault encrypt {v}"),
        (DamagedVault("x"), "{v} is damaged", "{v} 已损坏",
         "put the file back from git; edit it only with ansible-vault edit"),
        (b"- a\n", "what {v} holds is no plain mapping of keys to texts: line 1 is no mapping",
         "{v} 的内容不是“键: 文本”的映射：第 1 行不是映射",
         "put the file back from git; edit it only with ansible-vault edit"),
        (b"\xff", "what {v} holds is no plain mapping of keys to texts: it is not UTF-8",
         "{v} 的内容不是“键: 文本”的映射：不是 UTF-8 编码",
         "put the file back from git; edit it only with ansible-vault edit"),
        (f"a: {VALUE}\n".encode(), "{v} has no key device/cam-1/admin",
         "{v} 中没有键 device/cam-1/admin",
         "add it: ansible-vault edit --vault-password-file {p} {v}"),
        (b"", "{v} has no key device/cam-1/admin", "{v} 中没有键 device/cam-1/admin",
         "add it: ansible-vault edit --vault-password-file {p} {v}"),
        (f"device: {{cam-1: {VALUE}}}\n".encode(), "{v} has no key device/cam-1/admin",
         "{v} 中没有键 device/cam-1/admin",
         "add it: ansible-vault edit --vault-password-file {p} {v}"),
    ],
)  # fmt: skip
def test_what_is_wrong_inside(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: bytes | Exception,
    en: str,
    zh: str,
    fix: str,
) -> None:
    """Each sentence names the files and what to run; none repeats a value."""
    decrypting(monkeypatch, given)
    names = {"v": str(folder / "v.yaml"), "p": str(folder / "p")}

    error = refused(opened(folder))

    assert error.summary.en == f"{REF}: {en.format(**names)}"
    assert error.summary.zh == f"{REF}：{zh.format(**names)}"
    assert error.fix is not None
    assert error.fix.en == fix.format(**names)
    assert error.fix.zh != error.fix.en


CONTENT: list[tuple[bytes, str, str]] = [
    (b"a: [x]\n", "line 1 is no mapping", "第 1 行不是映射"),
    (b"a: 1\nb:\n  - x\n", "line 3 is no mapping", "第 3 行不是映射"),
    (b"plain\n", "line 1 is no mapping", "第 1 行不是映射"),
    (b"a: 1\na: 2\n", "a key twice at line 2", "第 2 行的键重复"),
    (b"a/b: 1\na: {b: 2}\n", "a key twice at line 2", "第 2 行的键重复"),
    (b"a: 1\n---\na: 2\n", "a key twice at line 3", "第 3 行的键重复"),
    (b"a: &x {b: 1}\nc: *x\n", "an alias or too deep at line 1", "第 1 行使用了别名或嵌套过深"),
    (b"? [a]\n: 1\n", "a key is no text at line 1", "第 1 行的键不是文本"),
    (b"a: {b: 1\n", "no valid YAML at line 2", "第 2 行不是有效的 YAML"),
    (b"a: 'x\n", "no valid YAML at line 2", "第 2 行不是有效的 YAML"),
    (b"a: b: c\n", "no valid YAML at line 1", "第 1 行不是有效的 YAML"),
    (b"\xc3\x28", "it is not UTF-8", "不是 UTF-8 编码"),
    (b"a: \x00\n", "no valid YAML", "不是有效的 YAML"),
    (b"a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n", "a tag at line 1", "第 1 行使用了标签"),
    (b"a: !x s3cret-Value\n", "a tag at line 1", "第 1 行使用了标签"),
    (b"a: 1\nb: !!python/name:os.system s3cret-Value\n", "a tag at line 2", "第 2 行使用了标签"),
    (b"{a: " * 17 + b"1" + b"}" * 17, "an alias or too deep at line 1",
     "第 1 行使用了别名或嵌套过深"),
    (b"{a: " * 2000 + b"1" + b"}" * 2000, "nested too deeply", "嵌套过深"),
]  # fmt: skip


@pytest.mark.parametrize(("plain", "en", "zh"), CONTENT, ids=[str(c[0][:20]) for c in CONTENT])
def test_what_is_no_content_of_a_vault(plain: bytes, en: str, zh: str) -> None:
    """The line and the sort of the fault; a value never."""
    with pytest.raises(BadContent) as raised:
        flatten(plain)

    assert (raised.value.why.en, raised.value.why.zh) == (en, zh)


def test_the_deepest_vault_allowed() -> None:
    """Sixteen levels pass."""
    assert flatten(b"{a: " * 16 + b"x" + b"}" * 16) == {"/".join("a" * 16): "x"}


@pytest.mark.parametrize(
    ("environ", "names", "held", "left"),
    [
        ({"A": "1", "B": "2"}, ["A"], {"A": "1"}, {"B": "2"}),
        ({"A": "1"}, ["A", "A"], {"A": "1"}, {}),
        ({"A": "1"}, [], {}, {"A": "1"}),
        ({"A": "1"}, ["B"], {}, {"A": "1"}),
        ({"A": " 1 "}, ["A"], {"A": " 1 "}, {}),
        ({"a": "1"}, ["A"], {}, {"a": "1"}),
    ],
)
def test_the_environment(
    environ: dict[str, str], names: list[str], held: dict[str, str], left: dict[str, str]
) -> None:
    """What is named is taken out and kept as it was; nothing else is touched."""
    store = EnvironmentSecrets(names, environ)

    assert environ == left
    for name, value in held.items():
        assert store.resolve(SecretRef(source="env", name=name)).reveal() == value


@pytest.mark.parametrize("environ", [{}, {"FLEET_X": ""}])
def test_a_variable_that_is_not_set(environ: dict[str, str]) -> None:
    """Missing and empty are the same; the sentence names the variable, in both languages."""
    store = EnvironmentSecrets(["FLEET_X"], environ)

    with pytest.raises(SecretError) as raised:
        store.resolve(SecretRef(source="env", name="FLEET_X"))

    told = raised.value
    assert told.summary.en == "secret://env/FLEET_X: the environment variable FLEET_X is not set"
    assert told.summary.zh == "secret://env/FLEET_X：环境变量 FLEET_X 未设置"
    assert told.fix == text(
        "set FLEET_X in the environment that starts fleet", "请在启动 fleet 的环境中设置 FLEET_X"
    )


def test_a_vault_that_is_a_fifo_is_not_waited_for(folder: Path) -> None:
    """Nobody writes into it: the test's own time limit is the proof."""
    (folder / "v.yaml").unlink()
    os.mkfifo(folder / "v.yaml")

    assert "not a regular file" in refused(opened(folder)).summary.en
