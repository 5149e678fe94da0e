"""The sentences of the journal's records: every kind, both languages, no more than is known."""

from __future__ import annotations

import pytest

from fleet.app.watch import OUTCOME_WORDS, STATUS_WORDS, tell, word
from fleet.cli.progress import OUTCOMES, STAGES
from fleet.cli.running import STATUS_TEXT
from fleet.model.secret import SecretRef
from fleet.model.stack import StackOutputs
from fleet.ports.journal import Draft, Record
from fleet.rollout import records
from tests.support.fakes_plans import full_plan
from tests.tui.scene import CALLER, UNREACHABLE, verified

RUN, DEVICE = "r20261124T020000-aaaa", "cuihu-cam-3"
STEP = f"{DEVICE}/01-time"
REF = SecretRef(source="generated", name="device/cuihu-cam-3/admin", version=4)
OUTPUTS = StackOutputs(
    stack="platform-340705", server_id="1", server_domain="2", addresses=("127.0.0.2",), port=5060,
    ca_fingerprint="ab",
)  # fmt: skip


def record(draft: Draft) -> Record:
    """A draft as it stands in the journal."""
    return Record(
        seq=1, at="2026-11-24T02:00:00.000Z", kind=draft.kind, rollout=draft.rollout,
        subject=draft.subject, data=draft.data, prev="0" * 64, digest="1" * 64,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("draft", "weight", "english", "chinese"),
    [
        (records.started(RUN, full_plan(), CALLER, "li"), "info", "by li", "操作人 li"),
        (records.started(RUN, full_plan(), CALLER, "li", "r1"), "info", "undo of r1", "撤销 r1"),
        (records.resumed(RUN, CALLER, "wang"), "info", "taken up by wang", "wang 继续"),
        (records.ended(RUN, "done"), "good", "ends: done", "下发结束：完成"),
        (records.ended(RUN, "partial"), "warn", "some devices failed", "部分设备失败"),
        (records.ended(RUN, "halted"), "bad", "halted", "失败超限"),
        (records.ended(RUN, "paused"), "warn", "paused", "已暂停"),
        (records.ended(RUN, "failed"), "bad", "an engine failed", "引擎失败"),
        (records.request(RUN, "abort", "li"), "warn", "li asks for: abort", "li 请求：中止"),
        (records.wave(RUN, 2, ["a", "b"]), "info", "wave 2 begins: a, b", "第 2 批开始：a, b"),
        (records.tree(RUN, "playbook", [CALLER]), "info", "4242", "4242"),
        (records.intent(RUN, DEVICE, STEP, 1.0, "b"), "info", "permitted", "已许可写入"),
        (records.settled(RUN, DEVICE, STEP, "done"), "good", f"{STEP}: done", f"{STEP}：完成"),
        (
            records.settled(RUN, DEVICE, STEP, "failed", fault=UNREACHABLE),
            "bad",
            "failed, nothing written: no connection within 8 s",
            "失败，未写入：8 秒内无法连接",
        ),
        (records.settled(RUN, DEVICE, STEP, "not_applied"), "warn", "will be tried", "将重试"),
        (records.settled(RUN, DEVICE, STEP, "in_doubt"), "bad", "in doubt", "存疑"),
        (records.settled(RUN, DEVICE, STEP, "stale"), "bad", "untouched", "未改动"),
        (records.proven(RUN, DEVICE, "x", REF, "login"), "good", "v4 proven by login", "v4 已验证"),
        (records.refused(DEVICE, UNREACHABLE), "bad", "login refused", "登录被拒"),
        (records.probe(RUN, DEVICE, "c1-cam-1/05-user"), "warn", "tried once", "试用一次"),
        (records.stack_up(RUN, OUTPUTS), "good", "platform-340705 is up", "platform-340705 已就绪"),
        (verified(RUN, DEVICE), "good", f"{DEVICE}: verified", "已核实"),
        (verified(RUN, DEVICE, "x is 1", "y is 2"), "bad", "x is 1; y", "计划不符"),
        (Draft(kind="stack.begun", data={"verb": "up"}), "info", "stack.begun", "stack.begun"),
    ],
)  # fmt: skip
def test_each_kind_of_record_is_a_sentence(
    draft: Draft, weight: str, english: str, chinese: str
) -> None:
    """What happened, to what, and how much it matters."""
    told = tell(record(draft))
    assert told.weight == weight
    assert english in told.said.en and chinese in told.said.zh


def test_no_sentence_bears_a_reference_to_a_secret() -> None:
    """The version is enough; where the secret lies is nobody's business on a wall screen."""
    said = tell(record(records.proven(RUN, DEVICE, "admin_password", REF, "login"))).said
    assert "secret://" not in said.en + said.zh


def test_words_cover_what_a_rollout_can_say() -> None:
    """Every status and outcome that the command line has a word for has one here."""
    assert set(STATUS_TEXT) == set(STATUS_WORDS)
    steps = {"done", "failed", "stale", "in_doubt", "not_applied"}
    assert steps <= set(OUTCOME_WORDS) and steps <= set(OUTCOMES)
    assert {s for s in STAGES if word(STAGES, s).zh == s} == set()


def test_an_unknown_word_stands_for_itself() -> None:
    """A newer fleet may have written it."""
    assert word(STATUS_WORDS, "sleeping").en == word(STATUS_WORDS, "sleeping").zh == "sleeping"
