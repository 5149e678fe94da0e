"""Why a link to the upper platform is down: what was seen of one recorder, judged step by step.

The order is the order of the causes: without a way there is no port, without a port no login. The
first step that is at fault names the one cause; what a later step says follows from it. What
nobody tells is unknown and never assumed (GB/T 28181-2022, 9.1 registration, 9.5 catalog, 9.6
keepalive).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from fleet.health.rates import ClockOffset
from fleet.model.base import Frozen
from fleet.model.device import FieldValue
from fleet.model.fleet import Uplink
from fleet.model.observation import Fault, Reading
from fleet.model.registrar import Binding, Refusal, UplinkWord
from fleet.model.text import Text, text
from fleet.ports.reach import Reached

StepName = Literal["route", "port", "login", "contact", "keepalive", "clock", "catalog"]
Result = Literal["ok", "warning", "fault", "unknown"]

STEPS: Mapping[StepName, Text] = {
    "route": text("route", "路由"),
    "port": text("port", "端口"),
    "login": text("login (id, password)", "登录（编码、口令）"),
    "contact": text("contact address", "联系地址"),
    "keepalive": text("keepalive, both ends", "双方保活"),
    "clock": text("clock", "时钟"),
    "catalog": text("catalog", "目录"),
}
_REFUSED_AS: Mapping[str, str] = {
    "unknown_id": "wrong_id",
    "other_id": "wrong_id",
    "wrong_password": "wrong_password",
    "wrong_realm": "wrong_domain",
    "wrong_server_id": "wrong_server_id",
    "too_brief": "expiry_too_short",
}
_REASON_WORDS: Mapping[str, Text] = {
    "unknown_id": text("that id is not known", "没有该编码"),
    "other_id": text("it logs in with another's id", "使用了他人的编码登录"),
    "wrong_password": text("the password is wrong", "口令错误"),
    "wrong_realm": text("the SIP domain is wrong", "SIP 域错误"),
    "wrong_server_id": text("it asks for another server id", "平台编码错误"),
    "too_brief": text("it asks for too short a registration", "注册有效期过短"),
}
_NOT_TOLD = text("nobody tells", "无从得知")


class Check(Frozen):
    """What one step came to; `cause` only where it is at fault."""

    step: StepName
    result: Result
    said: Text
    cause: str = ""


@dataclass(frozen=True)
class Sight:
    """All that was seen of one recorder's uplink; what could not be asked is None.

    `own`: the upper side is our own registrar, so `server` (its SIP port) and `word` are asked.
    `wanted` are the recorder's settings by the inventory. `missing` and `extra` compare a freshly
    queried catalog; both None while `catalog_asked`: the query was not answered.
    """

    own: bool
    uplink: Uplink
    gb_id: str
    address: str
    wanted: Mapping[str, FieldValue]
    recorder: Reached
    fault: Fault | None = None
    reading: Reading | None = None
    clock: ClockOffset | None = None
    clock_limit_s: float = 60.0
    server: Reached | None = None
    word: UplinkWord | None = None
    catalog_asked: bool = False
    missing: tuple[str, ...] | None = None
    extra: tuple[str, ...] | None = None

    @property
    def binding(self) -> Binding | None:
        """The recorder's binding as the registrar has it."""
        return None if self.word is None else self.word.binding

    @property
    def alive(self) -> bool:
        """Whether the registrar sees it registered and hears its keepalives."""
        return self.binding is not None and self.binding.registered

    def refused(self) -> Iterator[Refusal]:
        """Refused logins, the newest first; they are over once it is registered."""
        if self.word is not None and not self.alive:
            yield from (r for r in self.word.refusals if r.reason in _REFUSED_AS)

    def differs(self, field: str) -> bool:
        """Whether the recorder was read and has another value than the inventory wants."""
        if self.reading is None or field not in self.reading.fields:
            return False
        return field in self.wanted and self.reading.fields[field] != self.wanted[field]


def judge(seen: Sight) -> tuple[Check, ...]:
    """Every step in order; see the module for which one is the cause."""
    steps: tuple[Callable[[Sight], Check], ...] = (
        _route, _port, _login, _contact, _keepalive, _clock, _catalog,
    )  # fmt: skip
    return tuple(step(seen) for step in steps)


def _route(seen: Sight) -> Check:
    if seen.fault is not None and seen.fault.code == "wrong_identity":
        return _bad("route", "other_device", Text(en=seen.fault.en, zh=seen.fault.zh))
    if seen.server is not None and seen.server.way == "no_route":
        said = text(
            "no way to the platform {a}: {w}", "到平台 {a} 无路由：{w}",
            a=seen.uplink.server_address, w=seen.server.said,
        )  # fmt: skip
        return _bad("route", "no_route_platform", said)
    way = seen.recorder.way
    if way in ("answers", "refused"):
        return _ok("route", text("{a} is reached", "{a} 可达", a=seen.address))
    said = (
        text("no way to {a}: {w}", "到 {a} 无路由：{w}", a=seen.address, w=seen.recorder.said)
        if way == "no_route"
        else text("nothing comes back from {a}", "{a} 没有任何应答", a=seen.address)
    )
    if seen.alive or next(seen.refused(), None) is not None:
        # It does reach the platform; only we do not see the recorder from here.
        return Check(step="route", result="warning", said=said)
    return _bad("route", "no_route" if way == "no_route" else "recorder_silent", said)


def _port(seen: Sight) -> Check:
    place = f"{seen.uplink.server_address}:{seen.uplink.server_port}"
    if seen.own and seen.server is not None and seen.server.way != "answers":
        down = seen.word is None or not seen.word.answers
        said = text(
            "the platform's SIP port {p}: {w}", "平台 SIP 端口 {p}：{w}", p=place,
            w=_WAYS[seen.server.way],
        )  # fmt: skip
        return _bad("port", "registrar_down" if down else "port_closed", said)
    for field, cause in (
        ("gb_enabled", "uplink_off"),
        ("gb_server_address", "wrong_address"),
        ("gb_server_port", "wrong_address"),
    ):
        if seen.differs(field):
            return _bad("port", cause, _difference(seen, field))
    if not seen.own:
        if seen.recorder.way == "refused":
            said = text("{a} refuses connections", "{a} 拒绝连接", a=seen.address)
            return _bad("port", "recorder_port", said)
        return Check(step="port", result="unknown", said=_from_recorder_only())
    if seen.word is None or not seen.word.answers:
        said = text(
            "SIP answers at {p}, but the registrar of this state folder does not",
            "{p} 的 SIP 有应答，但本状态目录的注册服务无应答", p=place,
        )  # fmt: skip
        return Check(step="port", result="unknown", said=said)
    if seen.binding is None and not seen.word.refusals:
        said = text("nothing of {g} arrives at {p}", "{p} 未收到 {g} 的任何报文", g=seen.gb_id,
                    p=place)  # fmt: skip
        deaf = seen.recorder.way == "refused"
        return _bad("port", "recorder_port" if deaf else "nothing_arrives", said)
    return _ok("port", text("SIP answers at {p}", "{p} 的 SIP 有应答", p=place))


def _login(seen: Sight) -> Check:
    for field, cause in (
        ("gb_device_id", "wrong_id"),
        ("gb_server_id", "wrong_server_id"),
        ("gb_server_domain", "wrong_domain"),
    ):
        if seen.differs(field):
            return _bad("login", cause, _difference(seen, field))
    newest = next(seen.refused(), None)
    if newest is not None:
        said = text(
            "{n} logins of {g} from {a} refused, the last {s:.0f} s ago: {w}",
            "来自 {a} 的 {g} 登录被拒 {n} 次，最近 {s:.0f} 秒前：{w}",
            n=newest.times, g=newest.gb_id, a=newest.source, s=newest.age_s,
            w=_REASON_WORDS[newest.reason],
        )  # fmt: skip
        return _bad("login", _REFUSED_AS[newest.reason], said)
    if seen.own:
        return _own_login(seen)
    told = None if seen.reading is None else seen.reading.registered
    if told is None:
        return Check(step="login", result="unknown", said=_from_recorder_only())
    if told:
        return _ok("login", text("the recorder says it is registered", "录像机自称已注册"))
    said = text("the recorder says it is not registered", "录像机自称未注册")
    return _bad("login", "not_registered", said)


def _own_login(seen: Sight) -> Check:
    if seen.binding is None:
        return Check(step="login", result="unknown", said=_NOT_TOLD)
    version = seen.binding.credential_version
    said = text("logged in, credential version {v}", "已登录，凭据版本 {v}", v=version)
    return _ok("login", said)


def _contact(seen: Sight) -> Check:
    bound = seen.binding
    if bound is None or not bound.peer:
        return Check(step="contact", result="unknown", said=_NOT_TOLD)
    named, real = _host(bound.contact), bound.peer.rpartition(":")[0]
    if named == real:
        return _ok("contact", text("{a}, as its packets say", "{a}，与报文来源一致", a=real))
    said = text(
        "it says to be at {c}, its packets come from {p}", "自称在 {c}，报文却来自 {p}",
        c=named, p=real,
    )  # fmt: skip
    unanswered = seen.catalog_asked and seen.missing is None
    if unanswered or not bound.registered:
        return _bad("contact", "nat_contact", said)
    return Check(step="contact", result="warning", said=said)


def _keepalive(seen: Sight) -> Check:
    for field in ("gb_keepalive_s", "gb_keepalive_count"):
        if seen.differs(field):
            return _bad("keepalive", "keepalive_mismatch", _difference(seen, field))
    bound = seen.binding
    if bound is None:
        reports = [] if seen.word is None else list(seen.word.refusals)
        stray = next((r for r in reports if r.reason == "unregistered_report"), None)
        if stray is not None:
            said = text("{n} reports of {g} came without a registration",
                        "{g} 未注册却上报保活 {n} 次", n=stray.times, g=stray.gb_id)  # fmt: skip
            return _bad("keepalive", "not_reregistering", said)
        return Check(step="keepalive", result="unknown", said=_NOT_TOLD)
    limit = seen.uplink.keepalive_s * seen.uplink.keepalive_count
    if not bound.registered:
        age = bound.keepalive_age_s
        said = (
            text("none came yet; allowed are {l} s", "尚无保活；限时 {l} 秒", l=limit)
            if age is None
            else text(
                "the last came {a:.0f} s ago; allowed are {l} s",
                "最近一次在 {a:.0f} 秒前；限时 {l} 秒",
                a=age,
                l=limit,
            )
        )
        return _bad("keepalive", "keepalive_missed", said)
    if seen.reading is not None and seen.reading.registered is False:
        said = text(
            "the registrar hears the recorder, the recorder says it is not registered",
            "注册服务收到录像机的保活，录像机却自称未注册",
        )
        return _bad("keepalive", "one_way", said)
    if bound.keepalive_age_s is None:
        return _ok("keepalive", text("just registered", "刚注册"))
    said = text("{a:.0f} s ago", "{a:.0f} 秒前", a=bound.keepalive_age_s)
    return _ok("keepalive", said)


def _clock(seen: Sight) -> Check:
    if seen.clock is None:
        return Check(step="clock", result="unknown", said=_NOT_TOLD)
    off, error = seen.clock
    said = text("{o:+.1f} s (± {e:.1f} s)", "偏差 {o:+.1f} 秒（±{e:.1f} 秒）", o=off, e=error)
    if abs(off) - error > seen.clock_limit_s:
        return _bad("clock", "clock_off", said)
    return _ok("clock", said)


def _catalog(seen: Sight) -> Check:
    if not seen.catalog_asked:
        return Check(step="catalog", result="unknown", said=_NOT_TOLD)
    if seen.missing is None or seen.extra is None:
        return _bad("catalog", "catalog_unanswered",
                    text("the query was not answered", "查询无应答"))  # fmt: skip
    if seen.missing or seen.extra:
        said = text(
            "missing {m}; extra {e}", "缺少 {m}；多出 {e}",
            m=", ".join(seen.missing) or "0", e=", ".join(seen.extra) or "0",
        )  # fmt: skip
        return _bad("catalog", "catalog_mismatch", said)
    return _ok("catalog", text("as the inventory has it", "与清单一致"))


_WAYS: Mapping[str, Text] = {
    "refused": text("nobody listens there", "无人监听"),
    "silent": text("no answer", "无应答"),
    "no_route": text("no way there", "无路由"),
}


def _ok(step: StepName, said: Text) -> Check:
    return Check(step=step, result="ok", said=said)


def _bad(step: StepName, cause: str, said: Text) -> Check:
    return Check(step=step, result="fault", said=said, cause=cause)


def _difference(seen: Sight, field: str) -> Text:
    has = None if seen.reading is None else seen.reading.fields.get(field)
    return text("{f}: the recorder has {h}, the inventory {w}",
                "{f}：录像机为 {h}，清单为 {w}", f=field, h=has, w=seen.wanted[field])  # fmt: skip


def _from_recorder_only() -> Text:
    return text(
        "the platform is not ours to ask; only the recorder's side is seen",
        "上级平台无法由我方查询；仅能看到录像机一侧",
    )


def _host(contact: str) -> str:
    """The host of a SIP URI (RFC 3261, 19.1.1)."""
    place = contact.rpartition("@")[2].partition(";")[0].partition(">")[0]
    return place.partition("]")[0].lstrip("[") if "[" in place else place.partition(":")[0]
