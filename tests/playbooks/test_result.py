"""What the collection makes of fleet's answers, without Ansible around it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.compound.fleet.plugins.plugin_utils import (  # type: ignore[import-not-found]  # on Ansible's path, not on mypy's
    result,
)
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.property
VALUES = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(), max_size=3)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"device": st.sampled_from(["a", "b"]), "field": st.just("f"), "before": VALUES}
    ),
    max_size=8,
)


def _row(device: str, field: str, before: object, after: object) -> dict[str, object]:
    return {"device": device, "field": field, "before": before, "after": after}


def test_one_block_a_device_and_one_line_a_field() -> None:
    """Rows of one device in a row are one block, in their order."""
    rows = [_row("g1", "open_time_s", 5, 8), _row("g1", "forced_open_alarm", False, True)]

    blocks = result.diff([*rows, _row("g2", "auth_ways", ["card"], ["card", "face"])])

    assert [b["before_header"] for b in blocks] == ["g1", "g2"]
    assert blocks[0]["before"] == "open_time_s: 5\nforced_open_alarm: false\n"
    assert blocks[0]["after"] == "open_time_s: 8\nforced_open_alarm: true\n"
    assert blocks[1]["after"] == "auth_ways: card, face\n"


def test_what_a_device_does_not_have_is_a_dash() -> None:
    """None is shown as absent, never as the word None."""
    (block,) = result.diff([_row("g1", "contact", None, "")])

    assert (block["before"], block["after"]) == ("contact: -\n", "contact: \n")


@given(ROWS)
def test_every_field_is_one_line_whatever_a_device_answers(rows: list[dict[str, Any]]) -> None:
    """A device cannot forge a line of another field by answering a line break."""
    blocks = result.diff(rows)

    assert sum(b["before"].count("\n") for b in blocks) == len(rows)
    assert all("\r" not in b["before"] for b in blocks)


def test_failed_devices_do_not_fail_the_task() -> None:
    """Ansible's own `failed` never appears: the permit server decides about the wave."""
    fault = {"code": "write_refused", "en": "the value was refused", "zh": "设备拒绝了该值"}
    answer = {"changed": True, "devices": {"g1": ["open_time_s"]}, "failed": {"g2": fault}}

    seen = result.result({**answer, "not_started": {"g3": "pause"}, "diff": []})

    assert "failed" not in seen
    assert seen["changed"] is True
    assert seen["failed_devices"] == {"g2": "the value was refused"}
    assert seen["not_started"] == {"g3": "pause"}
    assert seen["msg"] == (
        "1 devices changed; 1 failed: g2 (the value was refused); 1 not started: g3 (pause)"
    )


def test_long_lists_of_failures_are_counted_not_listed() -> None:
    """A result stays small: ansible-runner drops results that are not."""
    failed = {f"cam-{n:03}": {"en": "no connection"} for n in range(100)}

    seen = result.result({"changed": False, "devices": {}, "failed": failed, "diff": []})

    assert seen["msg"].startswith("0 devices changed; 100 failed: cam-000 (no connection), ")
    assert seen["msg"].endswith(" and 80 more")
    assert len(seen["failed_devices"]) == 100


def test_no_difference_is_no_change() -> None:
    """Check mode of a compound at the plan says so."""
    assert result.differences([]) == {"changed": False, "msg": "no difference", "diff": []}


def test_differences_are_counted_by_field_and_device() -> None:
    """The message counts what the diff shows."""
    rows = [_row("a", "x", 1, 2), _row("a", "y", 1, 2), _row("b", "x", 1, 2)]

    seen = result.differences(rows)

    assert (seen["changed"], seen["msg"]) == (True, "3 fields of 2 devices would change")


def test_a_result_was_english_in_a_chinese_call() -> None:
    """Counts and the reasons of devices, in the language that was asked for."""
    fault = {"code": "write_refused", "en": "the value was refused", "zh": "设备拒绝了该值"}
    answer = {"changed": True, "devices": {}, "failed": {"g2": fault}, "not_started": {"g3": "x"}}

    seen = result.result({**answer, "diff": []}, "zh")

    assert seen["failed_devices"] == {"g2": "设备拒绝了该值"}
    assert seen["msg"] == "0 台设备已变更；1 台失败：g2 (设备拒绝了该值)；1 台未开始：g3 (x)"
    assert result.differences([], "zh")["msg"] == "无差异"
    assert result.differences([_row("a", "x", 1, 2)], "zh")["msg"] == "将变更 1 台设备的 1 个字段"
