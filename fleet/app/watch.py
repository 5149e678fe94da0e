"""What a journal record says to somebody who watches: one sentence, and how much it matters.

The screens and `fleet rollout watch` tell the same story, so the sentences are here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from fleet.health import words
from fleet.model.base import Frozen
from fleet.model.secret import SecretRef
from fleet.model.text import Text, join, text
from fleet.ports.journal import Record
from fleet.rollout import records

Weight = Literal["info", "good", "warn", "bad"]

STAGE_WORDS: Mapping[str, Text] = {
    "links": text("links", "链路"),
    "gates": text("gates", "出入口闸机"),
    "doors": text("doors", "单元门"),
    "cameras": text("cameras", "摄像机"),
    "uplink": text("uplink", "上联"),
    "verify": text("verify", "验证"),
}
STATUS_WORDS: Mapping[str, Text] = {
    "running": text("running", "进行中"),
    "died": text("its process died", "其进程已中断"),
    "done": text("done", "完成"),
    "partial": text("done, some devices failed", "完成，部分设备失败"),
    "halted": text("halted by the threshold", "失败超限，已停止"),
    "paused": text("paused", "已暂停"),
    "waiting": text("waits for an approval", "等待批准"),
    "aborted": text("aborted", "已中止"),
    "interrupted": text("stopped by the operator", "被操作员停止"),
    "failed": text("an engine failed", "引擎失败"),
}
OUTCOME_WORDS: Mapping[str, Text] = {
    "done": text("done", "完成"),
    "failed": text("failed, nothing written", "失败，未写入"),
    "stale": text("stale, untouched", "现场已变化，未改动"),
    "in_doubt": text("in doubt, untouched since", "存疑，此后未改动"),
    "not_applied": text("not applied, will be tried", "未生效，将重试"),
    "intent": text("permitted, not settled", "已许可，未结算"),
}
VERB_WORDS: Mapping[str, Text] = {
    "pause": text("pause", "暂停"),
    "abort": text("abort", "中止"),
    "resume": text("resume", "继续"),
    "approve": text("approve", "批准"),
    "retry": text("retry", "重试"),
    "undo": text("undo", "撤销"),
}
_STATUS_WEIGHT: Mapping[str, Weight] = {
    "done": "good",
    "partial": "warn",
    "paused": "warn",
    "waiting": "warn",
    "interrupted": "warn",
}
_OUTCOME_WEIGHT: Mapping[str, Weight] = {"done": "good", "not_applied": "warn"}


class Told(Frozen):
    """A record for a person."""

    weight: Weight
    said: Text


def word(words: Mapping[str, Text], key: str) -> Text:
    """A word out of a table; what the table does not know stands for itself."""
    return words.get(key, Text(en=key, zh=key))


def tell(record: Record) -> Told:
    """One sentence about any record, also of a kind that a newer fleet wrote."""
    teller = _TELLERS.get(record.kind)
    if teller is None:
        return Told(weight="info", said=Text(en=record.kind, zh=record.kind))
    return teller(record)


def problems_of(record: Record) -> list[Text]:
    """What the verify stage found; older records tell it in English alone."""
    english = [str(p) for p in record.data["problems"]]
    chinese = [str(p) for p in record.data.get("problems_zh", english)]
    return [Text(en=en, zh=zh) for en, zh in zip(english, chinese, strict=True)]


def _started(record: Record) -> Told:
    data = record.data
    given = ", ".join(data.get("accepted", ()))
    with_ = text("; accepted: {k}", "；已同意：{k}", k=given) if given else ""
    undo = text(" (undo of {u})", "（撤销 {u}）", u=data["undo_of"]) if data.get("undo_of") else ""
    said = text(
        "rollout begins{u}: {d} devices, {s} steps, by {a}{w}",
        "下发开始{u}：设备 {d} 台，{s} 步，操作人 {a}{w}",
        u=undo,
        w=with_,
        d=data["devices"],
        s=data["steps"],
        a=data["actor"],
    )
    return Told(weight="info", said=said)


def _ended(record: Record) -> Told:
    status = str(record.data["status"])
    said = text("rollout ends: {s}", "下发结束：{s}", s=word(STATUS_WORDS, status))
    return Told(weight=_STATUS_WEIGHT.get(status, "bad"), said=said)


def _resumed(record: Record) -> Told:
    said = text("rollout is taken up by {a}", "{a} 继续此次下发", a=record.data["actor"])
    return Told(weight="info", said=said)


def _request(record: Record) -> Told:
    verb = word(VERB_WORDS, str(record.data["verb"]))
    said = text("{a} asks for: {v}", "{a} 请求：{v}", a=record.data["actor"], v=verb)
    return Told(weight="warn", said=said)


def _wave(record: Record) -> Told:
    names = ", ".join(str(c) for c in record.data["compounds"])
    said = text("wave {n} begins: {c}", "第 {n} 批开始：{c}", n=record.data["wave"], c=names)
    return Told(weight="info", said=said)


def _waiting(record: Record) -> Told:
    said = text("wave {n} waits for an approval", "第 {n} 批等待批准", n=record.data["wave"])
    return Told(weight="warn", said=said)


def _approved(record: Record) -> Told:
    said = text(
        "{a} approves wave {n}", "{a} 批准第 {n} 批", a=record.data["actor"], n=record.data["wave"]
    )
    return Told(weight="good", said=said)


def _held(record: Record) -> Told:
    said = text(
        "{d}: not started, since {k} failed and it is reached through it",
        "{d}：未开始，因其经由的 {k} 失败",
        d=record.subject,
        k=record.data["link"],
    )
    return Told(weight="warn", said=said)


def _tree(record: Record) -> Told:
    pids = ", ".join(str(p["pid"]) for p in record.data["processes"])
    said = text("its processes: {p}", "所属进程：{p}", p=pids)
    return Told(weight="info", said=said)


def _intent(record: Record) -> Told:
    trial = record.data.get("trial")
    if trial is None:
        said = text("{s}: write permitted", "{s}：已许可写入", s=record.data["step"])
    else:
        said = text(
            "{s}: write permitted on trial {i}, taken back after {n} s unless confirmed",
            "{s}：已许可试写 {i}，{n} 秒内未确认则自动回退",
            s=record.data["step"],
            i=trial["id"],
            n=trial["seconds"],
        )
    return Told(weight="info", said=said)


def _settled(record: Record) -> Told:
    data = record.data
    outcome = str(data["outcome"])
    fault = data.get("fault") or {}
    why = text(": {w}", "：{w}", w=Text(en=fault["en"], zh=fault["zh"])) if fault else ""
    said = text("{s}: {o}{w}", "{s}：{o}{w}", s=data["step"], o=word(OUTCOME_WORDS, outcome), w=why)
    weight = _OUTCOME_WEIGHT.get(outcome, "bad")
    return Told(weight=weight, said=said)


def _verified(record: Record) -> Told:
    problems = problems_of(record)
    if not problems:
        said = text("{d}: verified", "{d}：已核实", d=record.subject)
        return Told(weight="good", said=said)
    why = join(problems)
    said = text("{d}: not as sealed: {w}", "{d}：与封存计划不符：{w}", d=record.subject, w=why)
    return Told(weight="bad", said=said)


def _proven(record: Record) -> Told:
    said = text(
        "{d} {f}: v{v} proven by {e}",
        "{d} {f}：v{v} 已验证（{e}）",
        d=record.subject,
        f=record.data["field"],
        v=SecretRef.parse(str(record.data["ref"])).version,
        e=record.data["evidence"],
    )
    return Told(weight="good", said=said)


def _refused(record: Record) -> Told:
    said = text(
        "{d}: login refused; not tried again for 30 min",
        "{d}：登录被拒；30 分钟内不再尝试",
        d=record.subject,
    )
    return Told(weight="bad", said=said)


def _lifted(record: Record) -> Told:
    said = text(
        "{d}: {w} corrected the password; it may be tried again",
        "{d}：{w} 已更正口令，可再次尝试登录",
        d=record.subject,
        w=record.data["actor"],
    )
    return Told(weight="info", said=said)


def _pinned(record: Record) -> Told:
    said = text(
        "{a} vouches for the host key of {d}: {f}",
        "{a} 确认 {d} 的主机密钥：{f}",
        a=record.data["actor"],
        d=record.subject,
        f=record.data["fingerprint"],
    )
    return Told(weight="info", said=said)


def _probe(record: Record) -> Told:
    said = text(
        "{s}: the new password is tried once, to find out whether it arrived",
        "{s}：试用一次新口令，以查明其是否已生效",
        s=record.data["step"],
    )
    return Told(weight="warn", said=said)


def _stack(record: Record) -> Told:
    return Told(weight="good", said=text("{s} is up", "{s} 已就绪", s=record.subject))


def _acknowledged(record: Record) -> Told:
    said = text(
        "alarm {a} taken on by {w}: {r}",
        "{w} 确认告警 {a}：{r}",
        a=record.subject,
        w=record.data["actor"],
        r=record.data["reason"],
    )
    return Told(weight="info", said=said)


def _silenced(record: Record) -> Told:
    said = text(
        "alarms {g} silenced until {t} by {w}: {r}",
        "{w} 将告警 {g} 静默至 {t}：{r}",
        g=record.subject,
        t=record.data["until"],
        w=record.data["actor"],
        r=record.data["reason"],
    )
    return Told(weight="warn", said=said)


_TELLERS: Mapping[str, Callable[[Record], Told]] = {
    records.STARTED: _started,
    records.RESUMED: _resumed,
    records.ENDED: _ended,
    records.REQUEST: _request,
    records.WAVE: _wave,
    records.WAITING: _waiting,
    records.APPROVED: _approved,
    records.HELD: _held,
    records.TREE: _tree,
    records.INTENT: _intent,
    records.SETTLED: _settled,
    records.PROVEN: _proven,
    records.REFUSED: _refused,
    records.LIFTED: _lifted,
    records.PROBE: _probe,
    records.PINNED: _pinned,
    records.STACK: _stack,
    records.VERIFIED: _verified,
    words.ACK: _acknowledged,
    words.SILENCE: _silenced,
}
