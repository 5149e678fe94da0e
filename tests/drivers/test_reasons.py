"""Reasons in the reader's language: no English sentence stands in a Chinese one."""

from __future__ import annotations

import re

import pytest

from fleet.drivers import complaints
from fleet.drivers.isapi.document import BadDocument
from fleet.drivers.isapi.http import HttpOdd
from fleet.drivers.isapi.places import Unsettable
from fleet.drivers.reasons import Reasoned, Unfit, about, reason
from fleet.drivers.snmp import syntax
from fleet.drivers.snmp.discovery import OddAgent, no_message
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.errors import MalformedReply, WriteRefused
from fleet.model.secret import Secret
from fleet.model.text import text
from tests.drivers import golden
from tests.drivers.conftest import Isapi
from tests.drivers.isapi_device import Device, running
from tests.drivers.test_isapi_refusal import UNSETTABLE as REFUSED
from tests.drivers.test_places import BAD, UNSETTABLE, place

# Words that only a sentence has; names of nodes, fields and modes may stand in any language.
ENGLISH = re.compile(r"\b(is|not|no|has|have|none|nothing|the|it|this|must|cannot|of|an?)\b")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def assert_chinese(zh: str) -> None:
    """It is a Chinese sentence without a word of an English one."""
    assert CHINESE.search(zh), zh
    assert not ENGLISH.search(zh), zh


@pytest.mark.parametrize(("resource", "number", "body", "why"), BAD)
def test_a_bad_document_is_told_in_chinese(
    resource: str, number: int, body: bytes, why: str
) -> None:
    """Goal: every way to be unreadable has both languages."""
    with pytest.raises(BadDocument) as caught:
        place(resource, number).read(body)

    assert_chinese(caught.value.why.zh)
    assert caught.value.why.en == str(caught.value)


@pytest.mark.parametrize(("resource", "number", "body", "wanted", "field", "why"), UNSETTABLE)
def test_an_unsettable_value_is_told_in_chinese(
    resource: str,
    number: int,
    body: bytes,
    wanted: dict[str, FieldValue | Secret],
    field: str,
    why: str,
) -> None:
    """Goal: the same for what cannot be written."""
    with pytest.raises(Unsettable) as caught:
        place(resource, number).edit(body, wanted)

    assert caught.value.field == field
    assert_chinese(caught.value.why.zh)


@pytest.mark.parametrize("symptom", REFUSED)
async def test_chinese_output_held_english_details_of_a_refusal(isapi: Isapi, symptom: str) -> None:
    """Symptom: `拒绝写入 reader.auth_ways：no verify mode is exactly …` on a Chinese screen."""
    kind, resource, values, _ = REFUSED[symptom]
    documents = golden.camera("a") | golden.reader("a") | golden.recorder("a")
    async with running(Device(documents)) as device, isapi.session(device, kind) as session:
        with pytest.raises(WriteRefused) as caught:
            await session.write(resource, values)

    assert_chinese(caught.value.summary.zh.split("：", 1)[1])


async def test_chinese_output_held_english_details_of_an_odd_answer(isapi: Isapi) -> None:
    """Symptom: `应答无法理解：the document is html, not Time`."""
    device = Device(golden.camera("a") | {golden.TIME: b"<html/>"})
    async with running(device), isapi.session(device, DeviceKind.CAMERA) as session:
        with pytest.raises(MalformedReply) as caught:
            await session.read(["time"])

    assert "文档是 html，不是 Time" in caught.value.summary.zh
    assert "the document is html, not Time" in caught.value.summary.en


@pytest.mark.parametrize(
    ("codec", "value"),
    [
        (syntax.text_object, 7),
        (syntax.seconds_object, "7"),
        (syntax.tenths_object, "x"),
        (syntax.flag_object, 1),
        (syntax.ways_object, "card"),
        (syntax.text_value, 7),
        (syntax.text_value, b"\xff"),
        (syntax.seconds_value, b"7"),
        (syntax.tenths_value, b"7"),
        (syntax.flag_value, 3),
        (syntax.ways_value, b"Card!"),
    ],
)
def test_a_gates_value_is_refused_in_both_languages(codec: object, value: object) -> None:
    """Goal: the SNMP codecs too; nothing there leaves a bare ValueError."""
    assert callable(codec)
    with pytest.raises(Unfit) as caught:
        codec(value)

    assert_chinese(caught.value.why.zh)


def test_a_reason_is_taken_from_whatever_says_it() -> None:
    """Goal: a Text as it is, a failure by its own, a device's words alike in both languages."""
    both = text("no", "否")

    assert reason(both) is both
    for kind in (Reasoned, Unfit, BadDocument, HttpOdd, OddAgent):
        assert reason(kind(both)) is both
    assert reason(ValueError("as told")) == text("as told", "as told")
    assert about("portNo", Unfit(both)) == text("portNo: no", "portNo：否")
    assert_chinese(no_message(ValueError()).why.zh)


def test_each_language_of_a_reason_is_cut_to_one_line() -> None:
    """Goal: what `shown` promises holds for both."""
    found = complaints.told(text("a\nb", "甲\n" + "乙" * 300))

    assert found.en == "a b"
    assert found.zh.startswith("甲 乙")
    assert len(found.zh) == complaints.DETAIL_MAX
