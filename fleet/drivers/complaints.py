"""The device errors of every driver, worded once, so that the same symptom always reads the same.

Each function builds an error and leaves raising it to the caller. No text holds a secret: the
detail given by a caller is its own wording or a device's answer cut to `DETAIL_MAX` characters.
"""

from __future__ import annotations

from fleet.drivers.reasons import reason
from fleet.model.errors import (
    LoginBudgetSpent,
    LoginRefused,
    MalformedReply,
    NotActivated,
    SchemeMismatch,
    TooSlow,
    Unreachable,
    WriteRefused,
    WrongIdentity,
)
from fleet.model.text import Text, text

DETAIL_MAX = 200


def shown(detail: object) -> str:
    """Cut a device's words to one short printable line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(detail)).split())
    return line if len(line) <= DETAIL_MAX else line[: DETAIL_MAX - 1] + "…"


def told(detail: object) -> Text:
    """A reason in both languages, each cut to one short printable line."""
    why = reason(detail)
    return Text(en=shown(why.en), zh=shown(why.zh))


def unreachable(device: str, where: str, detail: Text) -> Unreachable:
    """No connection, or it broke off; `where` is ADDRESS:PORT."""
    return Unreachable(
        device,
        text(
            "{device} at {where} is unreachable: {detail}",
            "{device}（{where}）无法访问：{detail}",
            device=device,
            where=where,
            detail=detail,
        ),
        text(
            "check power, cabling and the address in the inventory",
            "请检查供电、网线以及清单中的地址",
        ),
    )


def silent_for(seconds: float) -> Text:
    """Nobody was there for `seconds`."""
    return text("no connection within {s:g} s", "{s:g} 秒内未能建立连接", s=seconds)


def system_says(words: str) -> Text:
    """The operating system's reason for a failed connection."""
    return text("no connection ({w})", "连接失败（{w}）", w=shown(words))


def too_slow(device: str, where: str, deadline_s: float) -> TooSlow:
    """The whole operation ran past its deadline in seconds."""
    return TooSlow(
        device,
        text(
            "{device} at {where} did not finish answering within {deadline:g} s",
            "{device}（{where}）未在 {deadline:g} 秒内完成应答",
            device=device,
            where=where,
            deadline=deadline_s,
        ),
        text(
            "try again; if it stays so, look at the way to it, then restart the device",
            "请重试；若仍如此，请检查线路，再重启设备",
        ),
    )


def malformed(device: str, what: str, detail: object) -> MalformedReply:
    """The answer about `what` (a path or object) is not what the protocol allows."""
    return MalformedReply(
        device,
        text(
            "{device} gave an answer to {what} that cannot be understood: {detail}",
            "{device} 对 {what} 的应答无法理解：{detail}",
            device=device,
            what=what,
            detail=told(detail),
        ),
        text(
            "look what it is that answers at this address, and at its firmware",
            "请核对该地址上应答的是什么设备及其固件",
        ),
    )


def login_refused(
    device: str, user: str, attempts_left: int | None = None, why: Text | None = None
) -> LoginRefused:
    """The device refused the login of `user`; the attempt is not repeated."""
    left = (
        text("tries left: {n}", "剩余尝试次数：{n}", n=attempts_left)
        if attempts_left is not None
        else text("the device does not say how many tries are left", "设备未告知剩余尝试次数")
    )
    reason = why or text("wrong user name or password", "用户名或口令错误")
    return LoginRefused(
        device,
        text(
            "{device} refused the login of {user}: {reason} ({left})",
            "{device} 拒绝了 {user} 的登录：{reason}（{left}）",
            device=device,
            user=user,
            reason=reason,
            left=left,
        ),
        text(
            "check the login in the inventory; it is not tried again by itself",
            "请核对清单中的登录信息；系统不会自动重试",
        ),
        attempts_left=attempts_left,
    )


def _lasting(told: str) -> Text | str:
    """The device's word on how long; a bare number is seconds."""
    return text("{n} s", "{n} 秒后", n=told) if told.isdecimal() else shown(told)


def locked(device: str, unlock: str | None) -> LoginBudgetSpent:
    """The device says it is locked; no attempt was made. `unlock` is its own word on until when."""
    when = (
        text("it unlocks in {t}", "解锁时间：{t}", t=_lasting(unlock))
        if unlock
        else text("it does not say until when", "设备未告知解锁时间")
    )
    return LoginBudgetSpent(
        device,
        text(
            "{device} is locked after wrong logins ({when}); no login was tried",
            "{device} 因多次登录错误已锁定（{when}）；未尝试登录",
            device=device,
            when=when,
        ),
        text("wait until it unlocks, then check the login", "请等待解锁后核对登录信息"),
    )


def last_try(device: str, attempts_left: int) -> LoginBudgetSpent:
    """One more wrong login could lock the device; no attempt was made."""
    return LoginBudgetSpent(
        device,
        text(
            "{device} says {n} login tries are left: a wrong one could lock it, so none was made",
            "{device} 剩余登录次数为 {n}：再错一次可能锁定，因此未尝试登录",
            device=device,
            n=attempts_left,
        ),
        text(
            "log in by hand with the right password, or wait until the counter is reset",
            "请用正确口令手工登录，或等待计数复位",
        ),
    )


def no_login_here(device: str, why: Text) -> LoginBudgetSpent:
    """This session must not log in any more; nothing was sent."""
    return LoginBudgetSpent(
        device,
        text(
            "{device}: {why}; nothing was sent",
            "{device}：{why}；未发送任何请求",
            device=device,
            why=why,
        ),
    )


def scheme_mismatch(device: str, offered: Text | str) -> SchemeMismatch:
    """The device offers `offered` where digest (or SNMPv3 authPriv) is needed."""
    return SchemeMismatch(
        device,
        text(
            "{device} offers {offered} instead of digest login; no credential was sent",
            "{device} 提供的登录方式为 {offered}，而非摘要认证；未发送任何凭据",
            device=device,
            offered=told(offered),
        ),
        text(
            "switch the device's web authentication to digest",
            "请将设备的 WEB 认证方式改为 digest（摘要）",
        ),
    )


def not_activated(device: str) -> NotActivated:
    """The device is factory-new."""
    return NotActivated(
        device,
        text(
            "{device} is factory-new: it has no password yet",
            "{device} 处于出厂未激活状态，尚未设置口令",
            device=device,
        ),
        text(
            "activate it first: fleet device activate {device}",
            "请先激活：fleet device activate {device}",
            device=device,
        ),
    )


def wrong_identity(device: str, what: Text, pinned: str, seen: str) -> WrongIdentity:
    """`what` (serial number or engine id) is `seen` where the inventory pins `pinned`."""
    return WrongIdentity(
        device,
        text(
            "{device} is another device: {what} is {seen}, the inventory has {pinned}",
            "{device} 不是清单中的设备：{what}为 {seen}，清单为 {pinned}",
            device=device,
            what=what,
            seen=shown(seen),
            pinned=shown(pinned),
        ),
        text(
            "if it was swapped on purpose, write the new one into the inventory",
            "如确已更换设备，请在清单中登记新设备",
        ),
    )


def write_refused(
    device: str, resource: str, detail: object, field: str | None = None
) -> WriteRefused:
    """The device (or the driver, before sending) refused to write `resource`."""
    named = f"{resource}.{field}" if field else resource
    return WriteRefused(
        device,
        text(
            "{device} refused {what}: {detail}",
            "{device} 拒绝写入 {what}：{detail}",
            device=device,
            what=named,
            detail=told(detail),
        ),
        text(
            "compare the value with what the device's own page takes; null leaves it unmanaged",
            "请与设备自身页面允许的取值核对；写 null 则不纳入管理",
        ),
        field=field,
    )
