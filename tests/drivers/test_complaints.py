"""What drivers complain of, word for word in both languages, with class, code and way on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.drivers import complaints
from fleet.drivers.complaints import DETAIL_MAX, shown
from fleet.model.errors import DeviceError
from fleet.model.text import Text, text

AT = "127.34.1.11:8080"
WORDS: list[tuple[DeviceError, str, str, str, str | None, str | None]] = [
    (
        complaints.unreachable("cam", AT, complaints.silent_for(2.5)),
        "unreachable",
        "cam at 127.34.1.11:8080 is unreachable: no connection within 2.5 s",
        "cam（127.34.1.11:8080）无法访问：2.5 秒内未能建立连接",
        "check power, cabling and the address in the inventory",
        "请检查供电、网线以及清单中的地址",
    ),
    (
        complaints.unreachable("cam", AT, complaints.system_says("Connection refused")),
        "unreachable",
        "cam at 127.34.1.11:8080 is unreachable: no connection (Connection refused)",
        "cam（127.34.1.11:8080）无法访问：连接失败（Connection refused）",
        "check power, cabling and the address in the inventory",
        "请检查供电、网线以及清单中的地址",
    ),
    (
        complaints.too_slow("cam", AT, 15.0),
        "too_slow",
        "cam at 127.34.1.11:8080 did not finish answering within 15 s",
        "cam（127.34.1.11:8080）未在 15 秒内完成应答",
        "try again; if it stays so, look at the way to it, then restart the device",
        "请重试；若仍如此，请检查线路，再重启设备",
    ),
    (
        complaints.malformed("cam", "/ISAPI/System/time", "it is not XML"),
        "malformed_reply",
        "cam gave an answer to /ISAPI/System/time that cannot be understood: it is not XML",
        "cam 对 /ISAPI/System/time 的应答无法理解：it is not XML",
        "look what it is that answers at this address, and at its firmware",
        "请核对该地址上应答的是什么设备及其固件",
    ),
    (
        complaints.login_refused("cam", "admin", 4),
        "login_refused",
        "cam refused the login of admin: wrong user name or password (tries left: 4)",
        "cam 拒绝了 admin 的登录：用户名或口令错误（剩余尝试次数：4）",
        "check the login in the inventory; it is not tried again by itself",
        "请核对清单中的登录信息；系统不会自动重试",
    ),
    (
        complaints.login_refused("cam", "admin"),
        "login_refused",
        "cam refused the login of admin: wrong user name or password "
        "(the device does not say how many tries are left)",
        "cam 拒绝了 admin 的登录：用户名或口令错误（设备未告知剩余尝试次数）",
        "check the login in the inventory; it is not tried again by itself",
        "请核对清单中的登录信息；系统不会自动重试",
    ),
    (
        complaints.login_refused("gate", "admin", 0, text("unknown user", "没有该用户")),
        "login_refused",
        "gate refused the login of admin: unknown user (tries left: 0)",
        "gate 拒绝了 admin 的登录：没有该用户（剩余尝试次数：0）",
        "check the login in the inventory; it is not tried again by itself",
        "请核对清单中的登录信息；系统不会自动重试",
    ),
    (
        complaints.locked("cam", "1800 s"),
        "login_budget",
        "cam is locked after wrong logins (it unlocks in 1800 s); no login was tried",
        "cam 因多次登录错误已锁定（解锁时间：1800 s）；未尝试登录",
        "wait until it unlocks, then check the login",
        "请等待解锁后核对登录信息",
    ),
    (
        complaints.locked("cam", "1234"),
        "login_budget",
        "cam is locked after wrong logins (it unlocks in 1234 s); no login was tried",
        "cam 因多次登录错误已锁定（解锁时间：1234 秒后）；未尝试登录",
        "wait until it unlocks, then check the login",
        "请等待解锁后核对登录信息",
    ),
    (
        complaints.locked("cam", None),
        "login_budget",
        "cam is locked after wrong logins (it does not say until when); no login was tried",
        "cam 因多次登录错误已锁定（设备未告知解锁时间）；未尝试登录",
        "wait until it unlocks, then check the login",
        "请等待解锁后核对登录信息",
    ),
    (
        complaints.last_try("cam", 1),
        "login_budget",
        "cam says 1 login tries are left: a wrong one could lock it, so none was made",
        "cam 剩余登录次数为 1：再错一次可能锁定，因此未尝试登录",
        "log in by hand with the right password, or wait until the counter is reset",
        "请用正确口令手工登录，或等待计数复位",
    ),
    (
        complaints.no_login_here("cam", text("refused before", "此前已被拒绝")),
        "login_budget",
        "cam: refused before; nothing was sent",
        "cam：此前已被拒绝；未发送任何请求",
        None,
        None,
    ),
    (
        complaints.scheme_mismatch("cam", "Basic"),
        "scheme_mismatch",
        "cam offers Basic instead of digest login; no credential was sent",
        "cam 提供的登录方式为 Basic，而非摘要认证；未发送任何凭据",
        "switch the device's web authentication to digest",
        "请将设备的 WEB 认证方式改为 digest（摘要）",
    ),
    (
        complaints.not_activated("cam"),
        "not_activated",
        "cam is factory-new: it has no password yet",
        "cam 处于出厂未激活状态，尚未设置口令",
        "activate it first: fleet device activate cam",
        "请先激活：fleet device activate cam",
    ),
    (
        complaints.wrong_identity("cam", text("serial number", "序列号"), "S-1", "S-2"),
        "wrong_identity",
        "cam is another device: serial number is S-2, the inventory has S-1",
        "cam 不是清单中的设备：序列号为 S-2，清单为 S-1",
        "if it was swapped on purpose, write the new one into the inventory",
        "如确已更换设备，请在清单中登记新设备",
    ),
    (
        complaints.write_refused("cam", "osd", "badParameters"),
        "write_refused",
        "cam refused osd: badParameters",
        "cam 拒绝写入 osd：badParameters",
        "compare the value with what the device's own page takes; null leaves it unmanaged",
        "请与设备自身页面允许的取值核对；写 null 则不纳入管理",
    ),
    (
        complaints.write_refused("cam", "osd", "too long", "osd_text"),
        "write_refused",
        "cam refused osd.osd_text: too long",
        "cam 拒绝写入 osd.osd_text：too long",
        "compare the value with what the device's own page takes; null leaves it unmanaged",
        "请与设备自身页面允许的取值核对；写 null 则不纳入管理",
    ),
]


@pytest.mark.parametrize(("error", "code", "en", "zh", "fix_en", "fix_zh"), WORDS)
def test_a_complaint_word_for_word(
    error: DeviceError, code: str, en: str, zh: str, fix_en: str | None, fix_zh: str | None
) -> None:
    """Device, code, both sentences, and what to do where something can be done."""
    assert (error.code, error.summary.en, error.summary.zh) == (code, en, zh)
    fix: Text | None = error.fix
    assert (fix and fix.en, fix and fix.zh) == (fix_en, fix_zh)
    assert error.device in ("cam", "gate")


@pytest.mark.parametrize(
    ("detail", "line"),
    [
        ("", ""),
        ("plain", "plain"),
        ("  a \t b\n\nc  ", "a b c"),
        ("a\x00b", "a b"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("a\u202eb", "a b"),
        ("a\u2028b", "a b"),
        ("东门\u3000一", "东门 一"),
        (b"bytes", "b'bytes'"),
        (None, "None"),
        (ValueError("odd"), "odd"),
        ("x" * DETAIL_MAX, "x" * DETAIL_MAX),
        ("x" * (DETAIL_MAX + 1), "x" * (DETAIL_MAX - 1) + "…"),
        ("x " * DETAIL_MAX, ("x " * DETAIL_MAX)[: DETAIL_MAX - 1] + "…"),
    ],
)
def test_a_devices_words_on_one_line(detail: object, line: str) -> None:
    """Blanks fall together, controls and marks of direction vanish, long words are cut."""
    assert shown(detail) == line


@given(st.text())
def test_any_words_are_one_short_printable_line(words: str) -> None:
    """And showing them again changes nothing."""
    line = shown(words)

    assert line.isprintable() or line == ""
    assert len(line) <= DETAIL_MAX
    assert shown(line) == line


@pytest.mark.parametrize("hostile", ["a\nerror: all is well", "x" * 9999, "\x1b]0;title\x07"])
def test_no_device_breaks_the_sentence_it_stands_in(hostile: str) -> None:
    """Whatever a device says stays within its sentence, on one line of bounded length."""
    for error in (
        complaints.malformed("cam", "p", hostile),
        complaints.scheme_mismatch("cam", hostile),
        complaints.write_refused("cam", "osd", hostile),
        complaints.wrong_identity("cam", text("serial", "序列号"), "S", hostile),
        complaints.unreachable("cam", AT, complaints.system_says(hostile)),
        complaints.locked("cam", hostile),
    ):
        assert error.summary.en.isprintable()
        assert error.summary.zh.isprintable()
        assert len(error.summary.en) < DETAIL_MAX + 120
