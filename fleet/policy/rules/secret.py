"""Clause 18: no secret in clear, and no device left with the password it came with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fleet.model.fleet import Compound
from fleet.model.settings import SETTINGS_OF
from fleet.model.suspect import Suspect
from fleet.model.text import Text, text
from fleet.policy.rule import Example, Hit, Owner, Rule, Wording

_REFERENCE: Text = text(
    "put it into the vault, change it on the device, and write secret://vault/KEY here",
    "请存入保险库、在设备上更换，此处改写 secret://vault/KEY",
)
_WHAT: Mapping[str, tuple[Text, Text]] = {
    "plaintext": (text("{k} is given in clear", "{k} 以明文给出"), _REFERENCE),
    "default_password": (
        text("{k} is a well-known default password, in clear", "{k} 是众所周知的默认口令且为明文"),
        _REFERENCE,
    ),
    "url_login": (
        text("an address holds a user name and a password", "地址中含有用户名和口令"),
        _REFERENCE,
    ),
    "private_key": (text("a private key", "含有私钥"), _REFERENCE),
    "open_vault": (
        text("the vault is not encrypted", "保险库文件未加密"),
        text("encrypt it: ansible-vault encrypt FILE", "请加密：ansible-vault encrypt FILE"),
    ),
}


def _judge(suspect: Suspect) -> Hit | None:
    known = _WHAT.get(suspect.what)
    if known is None:
        return None
    summary, fix = known
    filled = Text(
        en=summary.en.replace("{k}", suspect.key), zh=summary.zh.replace("{k}", suspect.key)
    )
    return Hit(
        filled,
        fix,
        suspect.position,
        device=suspect.device,
        field=suspect.key or None,
        compound=suspect.compound,
    )


def _check(compound: Compound) -> Iterator[Hit]:
    for device in compound.devices:
        known = SETTINGS_OF[device.kind].model_fields
        if "admin_password" in known and "admin_password" not in device.secrets:
            yield Hit(
                text(
                    "admin_password is unmanaged: the first password stays in force",
                    "admin_password 未托管：初始口令一直有效",
                ),
                text(
                    "set admin_password: secret://generated/device/{device}/admin",
                    "请设置 admin_password: secret://generated/device/{device}/admin",
                ),
                device.position,
                device=device.id,
                field="admin_password",
                mild=True,
            )


RULE = Rule(
    id="SECRET-18",
    clause="18",
    wording=Wording.ALWAYS,
    owner=Owner.POLICE,
    title=text("No secret in clear, no default password", "无明文密钥，无默认口令"),
    why=text(
        "collected data is kept confidential; a password in git belongs to everybody",
        "加强采集信息数据的管理保密；写入 git 的口令等于公开",
    ),
    compound=_check,
    suspect=_judge,
    example=Example(
        good="logins:\n  camera: {user: admin, password: 'secret://vault/bootstrap/camera'}\n",
        bad="logins:\n  camera: {user: admin, password: hik12345}\n",
    ),
)
