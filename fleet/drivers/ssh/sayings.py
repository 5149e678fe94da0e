"""The device errors of SSH devices, worded once."""

from __future__ import annotations

from fleet.drivers.complaints import shown
from fleet.model.errors import (
    DeviceAsked,
    HostKeyChanged,
    HostKeyUnknown,
    NotKept,
    SchemeMismatch,
    SessionClosed,
    TrialBusy,
)
from fleet.model.text import text


def host_key_unknown(device: str, seen: str) -> HostKeyUnknown:
    """No key is pinned; `seen` is the fingerprint that the server shows."""
    return HostKeyUnknown(
        device,
        text(
            "{d} has no pinned host key; the server there shows {s}; no password was sent",
            "{d} 未登记主机密钥；该处服务器出示 {s}；未发送口令",
            d=device,
            s=seen,
        ),
        text(
            "compare it with the device's own (console: display ssh host key), then add "
            "host_key: {s} to its line",
            "请在设备控制台核对指纹，再在清单该行添加 host_key: {s}",
            s=seen,
        ),
        field="host_key",
        seen=seen,
    )


def host_key_changed(device: str, pinned: str, seen: str) -> HostKeyChanged:
    """Another key than the pinned one is shown: a swapped device, or somebody in between."""
    return HostKeyChanged(
        device,
        text(
            "{d} shows another host key: pinned {p}, shown {s}; no password was sent",
            "{d} 的主机密钥已变：登记 {p}，出示 {s}；未发送口令",
            d=device,
            p=pinned,
            s=seen,
        ),
        text(
            "find out why before anything else; if the device was swapped on purpose, pin its key",
            "请先查明原因；如确已更换设备，请登记新密钥",
        ),
        field="host_key",
        pinned=pinned,
        seen=seen,
    )


def no_password_asked(device: str, offered: str) -> SchemeMismatch:
    """The server offers other ways to log in than a password; no attempt was spent."""
    return SchemeMismatch(
        device,
        text(
            "{d} asks for {o} instead of a password; none was sent",
            "{d} 要求 {o} 而非口令登录；未发送口令",
            d=device,
            o=shown(offered) or "-",
        ),
        text("allow logins by password on it", "请在设备上允许口令登录"),
    )


def session_closed(device: str, doing: str) -> SessionClosed:
    """The session ended amid the answer to a line."""
    return SessionClosed(
        device,
        text(
            "{d} ended the session amid {w}",
            "{d} 在执行 {w} 时断开了会话",
            d=device,
            w=shown(doing) or "login",
        ),
        text("look at the device before anything else", "请先查看设备状态"),
    )


def asked(device: str, doing: str, question: str) -> DeviceAsked:
    """The device asked what nobody expected, and got no answer."""
    return DeviceAsked(
        device,
        text(
            "{d} asked at {w}: {q}; it got no answer",
            "{d} 在执行 {w} 时提问：{q}；未作回答",
            d=device,
            w=shown(doing) or "login",
            q=shown(question),
        ),
        text("see by hand what it wants, then plan again", "请人工查看其要求后重新计划"),
    )


def trial_busy(device: str, words: str) -> TrialBusy:
    """Somebody else's trial is under way."""
    return TrialBusy(
        device,
        text(
            "{d} is in a trial of somebody else: {w}; nothing was changed",
            "{d} 正处于他人的试运行：{w}；未作任何更改",
            d=device,
            w=shown(words),
        ),
        text("wait until it is over, then plan again", "请等待其结束后重新计划"),
    )


def not_saved(device: str, fields: str) -> NotKept:
    """What the device would start with is not what it runs."""
    return NotKept(
        device,
        text(
            "{d} would start with other values than it runs: {f}",
            "{d} 的启动配置与运行配置不同：{f}",
            d=device,
            f=fields,
        ),
        text("save on the device by hand and look why", "请在设备上手工保存并查明原因"),
    )
